import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  createSigner,
  generateAsymmetricSecret,
  generateSecret,
  publicKeyOf,
} from '../../src/domain/signatures.ts';
import { freePorts } from '../support/free-ports.ts';
import { waitFor } from '../support/wait-for.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SNIPPETS = join(ROOT, 'faces/portal/snippets');

interface Language {
  /** The snippet, and the name that its file must have. */
  readonly snippet: string;
  readonly as?: string;
  /** The files of the program that calls the snippet; it prints a line for each five arguments (body in base64, id,
   * timestamp, signatures, secret). */
  readonly caller: Readonly<Record<string, string>>;
  readonly commands: readonly (readonly string[])[];
  /** True for slow compilers, whose first run fills a cache. */
  readonly isSlow?: true;
  /** The differences for ed25519 where the standard library lacks it. */
  readonly ed25519?: Partial<Language> & {
    /** A command that succeeds if the library is installed. */
    readonly probe?: readonly string[];
  };
}

const CSHARP_MAIN = `
public static class Program
{
    public static void Main(string[] a)
    {
        for (var i = 0; i < a.Length; i += 5)
        {
            var body = System.Convert.FromBase64String(a[i]);
            System.Console.WriteLine(Webhooks.Verify(body, a[i + 1], a[i + 2], a[i + 3], a[i + 4]) ? "true" : "false");
        }
    }
}`;

const RUST_MAIN = `mod verify;
use base64::{engine::general_purpose::STANDARD, Engine};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    for a in args.chunks(5) {
        let body = STANDARD.decode(&a[0]).expect("a body");
        println!("{}", verify::verify(&body, &a[1], &a[2], &a[3], &a[4]));
    }
}
`;

const LANGUAGES: Readonly<Record<string, Language>> = {
  Python: {
    snippet: 'verify.py',
    caller: {
      'main.py': `
import base64, sys
from verify import verify
args = iter(sys.argv[1:])
for body, id, timestamp, signatures, secret in zip(args, args, args, args, args):
    headers = {"webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures}
    print(str(verify(base64.b64decode(body), headers, secret)).lower())`,
    },
    commands: [['python3', 'main.py']],
    ed25519: { probe: ['python3', '-c', 'import cryptography'] },
  },
  PHP: {
    snippet: 'verify.php',
    caller: {
      'main.php': `<?php
require 'verify.php';
foreach (array_chunk(array_slice($argv, 1), 5) as [$body, $id, $timestamp, $signatures, $secret]) {
    $_SERVER['HTTP_WEBHOOK_ID'] = $id;
    $_SERVER['HTTP_WEBHOOK_TIMESTAMP'] = $timestamp;
    $_SERVER['HTTP_WEBHOOK_SIGNATURE'] = $signatures;
    echo verify(base64_decode($body), $secret) ? "true\\n" : "false\\n";
}`,
    },
    commands: [['php', 'main.php']],
  },
  Ruby: {
    snippet: 'verify.rb',
    caller: {
      'main.rb': `
require_relative 'verify'
ARGV.each_slice(5) do |body, id, timestamp, signatures, secret|
  env = { 'HTTP_WEBHOOK_ID' => id, 'HTTP_WEBHOOK_TIMESTAMP' => timestamp, 'HTTP_WEBHOOK_SIGNATURE' => signatures }
  puts verify(Base64.decode64(body), env, secret)
end`,
    },
    commands: [['ruby', 'main.rb']],
  },
  Java: {
    snippet: 'Verify.java',
    caller: {
      'Main.java': `
public class Main {
  public static void main(String[] a) throws Exception {
    for (int i = 0; i < a.length; i += 5) {
      byte[] body = java.util.Base64.getDecoder().decode(a[i]);
      System.out.println(Verify.verify(body, a[i + 1], a[i + 2], a[i + 3], a[i + 4]));
    }
  }
}`,
    },
    commands: [
      ['javac', 'Verify.java', 'Main.java'],
      ['java', 'Main'],
    ],
  },
  Kotlin: {
    snippet: 'Verify.kt',
    caller: {
      'Main.kt': `
fun main(args: Array<String>) {
    for ((body, id, timestamp, signatures, secret) in args.toList().chunked(5)) {
        println(verify(java.util.Base64.getDecoder().decode(body), id, timestamp, signatures, secret))
    }
}`,
    },
    commands: [
      ['kotlinc', 'Verify.kt', 'Main.kt', '-include-runtime', '-d', 'verify.jar'],
      ['java', '-jar', 'verify.jar'],
    ],
    isSlow: true,
  },
  'C#': {
    snippet: 'Verify.cs',
    caller: {
      'Main.cs': CSHARP_MAIN,
    },
    commands: [
      ['mcs', '-r:System.Core', '-out:verify.exe', 'Verify.cs', 'Main.cs'],
      ['mono', 'verify.exe'],
    ],
    ed25519: {
      caller: {
        'verify.csproj': `<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net8.0</TargetFramework>
    <RollForward>Major</RollForward>
  </PropertyGroup>
  <ItemGroup><PackageReference Include="BouncyCastle.Cryptography" Version="2.*" /></ItemGroup>
</Project>
`,
        'Main.cs': CSHARP_MAIN,
      },
      commands: [['dotnet', 'run', '--']],
      isSlow: true,
    },
  },
  Go: {
    snippet: 'verify.go',
    caller: {
      'go.mod': 'module webhooks\n\ngo 1.19\n',
      'main/main.go': `package main

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"webhooks"
)

func main() {
	a := os.Args[1:]
	for ; len(a) > 0; a = a[5:] {
		body, _ := base64.StdEncoding.DecodeString(a[0])
		header := http.Header{}
		header.Set("webhook-id", a[1])
		header.Set("webhook-timestamp", a[2])
		header.Set("webhook-signature", a[3])
		fmt.Println(webhooks.Verify(body, header, a[4]))
	}
}
`,
    },
    commands: [['go', 'run', './main']],
    isSlow: true,
  },
  Rust: {
    snippet: 'verify.rs',
    as: 'src/verify.rs',
    caller: {
      'Cargo.toml': cargo('hmac = "0.12"', 'sha2 = "0.10"'),
      'src/main.rs': RUST_MAIN,
    },
    commands: [['cargo', 'run', '--quiet', '--']],
    isSlow: true,
    ed25519: {
      caller: { 'Cargo.toml': cargo('ed25519-dalek = "2"'), 'src/main.rs': RUST_MAIN },
    },
  },
};

function cargo(...dependencies: readonly string[]): string {
  return `[package]
name = "webhooks"
version = "0.0.0"
edition = "2021"

[dependencies]
base64 = "0.22"
${dependencies.join('\n')}
`;
}

const BODY = '{"text": "é, and \\n"}';
const NOW_S = Math.floor(Date.now() / 1000);

interface Signed {
  readonly body: string;
  readonly id: string;
  readonly timestamp: string;
  readonly signatures: string;
}

/** A kind of signature: how an endpoint signs, and how its receiver verifies. */
interface Scheme {
  readonly name: string;
  readonly folder: string;
  readonly key: string;
  readonly variable: string;
  readonly cases: readonly (readonly [string, Signed, boolean])[];
}

const HMAC: Scheme = schemeOf({
  name: 'v1',
  folder: SNIPPETS,
  variable: 'WEBHOOK_SECRET',
  newSecret: generateSecret,
  keyOf: (secret) => secret,
});

const ED25519: Scheme = schemeOf({
  name: 'v1a',
  folder: join(SNIPPETS, 'ed25519'),
  variable: 'WEBHOOK_PUBLIC_KEY',
  newSecret: generateAsymmetricSecret,
  keyOf: publicKeyOf,
});

function schemeOf({
  newSecret,
  keyOf,
  ...parts
}: Pick<Scheme, 'name' | 'folder' | 'variable'> & {
  readonly newSecret: () => string;
  readonly keyOf: (secret: string) => string;
}): Scheme {
  const secret = newSecret();
  const genuine = signed(secret, NOW_S);
  const other = signed(newSecret(), NOW_S).signatures;
  return {
    ...parts,
    key: keyOf(secret),
    cases: [
      ['a true signature', genuine, true],
      [
        'a true one behind that of another secret',
        { ...genuine, signatures: `${other} ${genuine.signatures}` },
        true,
      ],
      ['that of another secret', { ...genuine, signatures: other }, false],
      ['that of another body', { ...genuine, body: `${BODY} ` }, false],
      ['that of another message', { ...genuine, id: 'msg_2' }, false],
      ['that of ten minutes ago', signed(secret, NOW_S - 600), false],
      ['no signature', { ...genuine, signatures: `${parts.name},` }, false],
      [
        'a signature of the other kind',
        { ...genuine, signatures: genuine.signatures.replace(parts.name, 'v2') },
        false,
      ],
    ],
  };
}

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'posthaste-snippets-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each([HMAC, ED25519])('the code that the portal shows for $name', (scheme) => {
  const EXPECTED = scheme.cases.map(([name, , isTrue]) => [name, isTrue]);

  it.for(['node.mjs', 'express.ts'])(
    'accepts right signatures and refuses wrong ones in %s',
    async (name) => {
      const place = join(folder, scheme.name, name);
      mkdirSync(place, { recursive: true });
      writeFileSync(join(place, 'package.json'), '{"type": "module"}');
      symlinkSync(join(ROOT, 'node_modules'), join(place, 'node_modules'));
      cpSync(join(scheme.folder, `${name}.txt`), join(place, name));
      const [port] = await freePorts(1);
      const env = { ...process.env, PORT: String(port), [scheme.variable]: scheme.key };
      const server = spawn(process.execPath, [name], { cwd: place, env, stdio: 'ignore' });
      onTestFinished(() => end(server));
      const url = `http://127.0.0.1:${port}/webhooks`;
      await waitFor(
        () =>
          fetch(url, { method: 'POST' }).then(
            ({ status }) => status === 401,
            () => false,
          ),
        'the server of the snippet',
      );
      const verdicts = [];
      for (const [what, { body, id, timestamp, signatures }] of scheme.cases) {
        const headers = {
          'content-type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': timestamp,
          'webhook-signature': signatures,
        };
        const { status } = await fetch(url, { method: 'POST', headers, body });
        expect([204, 401]).toContain(status);
        verdicts.push([what, status === 204]);
      }
      expect(verdicts).toEqual(EXPECTED);
    },
  );

  it.for(Object.keys(LANGUAGES))(
    'accepts right signatures and refuses wrong ones in %s',
    async (name, { skip }) => {
      const general = LANGUAGES[name] as Language;
      const { probe, ...special } = (scheme === ED25519 && general.ed25519) || {};
      const language: Language = { ...general, ...special };
      const missing = await whyMissing(language, probe);
      skip(missing !== undefined, missing);
      const place = join(folder, scheme.name, name);
      const files = { ...language.caller, [language.as ?? language.snippet]: null };
      for (const [file, text] of Object.entries(files)) {
        mkdirSync(dirname(join(place, file)), { recursive: true });
        if (text === null) cpSync(join(scheme.folder, language.snippet), join(place, file));
        else writeFileSync(join(place, file), text);
      }
      const given = scheme.cases.flatMap(([, { body, id, timestamp, signatures }]) => [
        Buffer.from(body).toString('base64'),
        id,
        timestamp,
        signatures,
        scheme.key,
      ]);
      let printed = '';
      for (const [i, [command = '', ...args]] of language.commands.entries()) {
        const isLast = i === language.commands.length - 1;
        printed = await run(place, command, [...args, ...(isLast ? given : [])]);
      }
      const verdicts = printed.trim().split('\n');
      expect(verdicts.map((verdict, i) => [scheme.cases[i]?.[0], verdict === 'true'])).toEqual(
        EXPECTED,
      );
    },
  );
});

/** The reason why the language cannot be run here; undefined: it can. */
async function whyMissing(
  { commands, isSlow }: Language,
  probe: readonly string[] = [],
): Promise<string | undefined> {
  if (isSlow && process.env['TEST_SNIPPETS'] !== 'all') {
    return `its compiler takes long: TEST_SNIPPETS=all runs it`;
  }
  const names = [...new Set(commands.map(([command = '']) => command))];
  const found = await Promise.all(names.map((name) => has(name)));
  if (found.includes(false)) return `needs ${names.join(' and ')}`;
  const [command, ...args] = probe;
  if (command === undefined) return undefined;
  const works = promisify(execFile)(command, args).then(
    () => true,
    () => false,
  );
  return (await works) ? undefined : `fails: ${probe.join(' ')}`;
}

function has(command: string): Promise<boolean> {
  return promisify(execFile)('/bin/sh', ['-c', `command -v ${command}`]).then(
    () => true,
    () => false,
  );
}

async function run(cwd: string, command: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, { cwd, timeout: 110_000 });
  return stdout;
}

function end(server: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    server.once('exit', () => resolve());
    server.kill();
  });
}

function signed(secret: string, timestamp: number): Signed {
  const sign = createSigner([{ key: secret, expiresAt: null }]);
  return {
    body: BODY,
    id: 'msg_1',
    timestamp: String(timestamp),
    signatures: sign('msg_1', timestamp, BODY, 0),
  };
}
