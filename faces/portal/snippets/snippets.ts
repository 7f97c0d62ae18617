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
import node25519 from './ed25519/node.mjs.txt?raw';
import express25519 from './ed25519/express.ts.txt?raw';
import python25519 from './ed25519/verify.py?raw';
import go25519 from './ed25519/verify.go?raw';
import java25519 from './ed25519/Verify.java?raw';
import kotlin25519 from './ed25519/Verify.kt?raw';
import csharp25519 from './ed25519/Verify.cs?raw';
import php25519 from './ed25519/verify.php?raw';
import ruby25519 from './ed25519/verify.rb?raw';
import rust25519 from './ed25519/verify.rs?raw';

/** The prefix of the receiver's key: `whsec_` verifies signatures `v1`, `whpk_` verifies `v1a`. */
export type KeyKind = 'whsec_' | 'whpk_';

/** Code by which a receiver verifies webhooks, by language and kind of key. */
export const SNIPPETS: Readonly<Record<string, Readonly<Record<KeyKind, string>>>> = {
  'Node.js': { whsec_: node, whpk_: node25519 },
  'TypeScript, Express': { whsec_: express, whpk_: express25519 },
  Python: { whsec_: python, whpk_: python25519 },
  Go: { whsec_: go, whpk_: go25519 },
  Java: { whsec_: java, whpk_: java25519 },
  Kotlin: { whsec_: kotlin, whpk_: kotlin25519 },
  'C#': { whsec_: csharp, whpk_: csharp25519 },
  PHP: { whsec_: php, whpk_: php25519 },
  Ruby: { whsec_: ruby, whpk_: ruby25519 },
  Rust: { whsec_: rust, whpk_: rust25519 },
};
