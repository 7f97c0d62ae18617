import node from './node.mjs.txt?raw';
import express from './express.ts.txt?raw';
import python from './verify.py?raw';
import go from './verify.go?raw';
import java from './Verify.java?raw';
import kotlin from './Verify.kt?raw';
import csharp from './Verify.cs?raw';
import php from './verify.php?raw';
import ruby from './verify.rb?raw';
import rust from './verify.rs?raw';

/** How a receiver verifies that a webhook is from here, ready to be copied. */
export const SNIPPETS: Readonly<Record<string, string>> = {
  'Node.js': node,
  'TypeScript, Express': express,
  Python: python,
  Go: go,
  Java: java,
  Kotlin: kotlin,
  'C#': csharp,
  PHP: php,
  Ruby: ruby,
  Rust: rust,
};
