import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { generateSecret } from '../../src/receiver/index.ts';
import { newFolder } from '../support/app.ts';
import { childEnvironment } from '../support/child-environment.ts';
import { HOSTILE_CLIENTS, sendSigned } from '../support/hostile-clients.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { freePort } from '../support/free-ports.ts';
import { waitFor } from '../support/wait-for.ts';

/** Runs every program of docs/receiver.md as a reader would, and exposes it to hostile clients. */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PACKAGES = ['express', 'express-4', 'fastify', 'hono', '@hono/node-server'];

const programs = new Map(
  [...readFileSync(join(ROOT, 'docs/receiver.md'), 'utf8').matchAll(/^```js\n(.*?)^```$/gms)].map(
    ([, code = '']) => [/^\/\/ (\S+\.mjs)\n/.exec(code)?.[1] ?? code, code],
  ),
);

/** The programs, with replacements in their text. */
const SAMPLES: readonly (readonly [string, Record<string, string>])[] = [
  ['receiver.mjs', {}],
  ['express.mjs', {}],
  ['express.mjs', { "'express'": "'express-4'" }],
  ['fastify.mjs', {}],
  ['hono.mjs', {}],
  ['verify.mjs', {}],
  ['forward.mjs', {}],
];

let folder: string;
let crm: Receiver;
let child: ChildProcess | undefined;
let output: string;

beforeEach(async () => {
  folder = newFolder();
  mkdirSync(join(folder, 'node_modules', '@hono'), { recursive: true });
  symlinkSync(ROOT, join(folder, 'node_modules', 'posthaste'));
  for (const name of PACKAGES) {
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  }
  crm = await startReceiver();
  output = '';
});

afterEach(async () => {
  if (child?.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  await crm.close();
  rmSync(folder, { recursive: true, force: true });
});

async function run(name: string, exchanges: Record<string, string>, secret: string) {
  let code = programs.get(name) ?? '';
  for (const [from, to] of Object.entries({
    'https://crm.example/events': `${crm.url}events`,
    ...exchanges,
  })) {
    code = code.replaceAll(from, to);
  }
  writeFileSync(join(folder, name), code);
  const port = await freePort();
  child = spawn(process.execPath, ['--conditions=posthaste-source', name], {
    cwd: folder,
    env: childEnvironment({ WEBHOOK_SECRET: secret, PORT: String(port) }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const url = `http://localhost:${port}/webhooks`;
  await waitFor(() => {
    if (child?.exitCode !== null) throw new Error(`the program ended: ${output}`);
    // Fastify listens on one address of `localhost` first, and on the others a moment later.
    return fetch(`http://127.0.0.1:${port}/webhooks`).then(Boolean, () => false);
  }, 'the program to listen');
  return { port, url };
}

test('every program of the page is run here', () => {
  expect([...programs.keys()]).toEqual([...new Set(SAMPLES.map(([name]) => name))]);
});

describe.each(SAMPLES)('%s %j', (name, exchanges) => {
  test('accepts signed webhooks, and survives every hostile client', async () => {
    const secret = generateSecret();
    const { port, url } = await run(name, exchanges, secret);
    for (const { name: client, gets, run } of HOSTILE_CLIENTS) {
      const status = await run(port, '/webhooks');
      // A framework that parses bodies refuses a broken one with its own status.
      const wanted = name === 'verify.mjs' ? [null, 400, 401, 413, 415] : gets;
      expect({ client, status: wanted.includes(status) ? 'as wanted' : status }).toEqual({
        client,
        status: 'as wanted',
      });
    }
    expect(await sendSigned(url, generateSecret(), { id: 'x', body: '{}' })).toBe(401);
    const body = '{"id": "a1", "total": 1.0}';
    expect(await sendSigned(url, secret, { id: 'msg_1', body })).toBe(200);
    expect(await sendSigned(url, secret, { id: 'msg_2', body: '' })).toBe(200);
    if (name === 'forward.mjs') {
      const received = await waitFor(() => crm.received.find((one) => one.body === body));
      expect(received.headers['idempotency-key']).toBe('msg_1');
    } else if (name !== 'receiver.mjs') {
      await waitFor(() => output.includes(`took msg_1: ${body}\n`), 'the program to say so');
    }
    expect(child?.exitCode).toBe(null);
  });
});
