import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../support/free-ports.ts';
import { waitFor } from '../support/wait-for.ts';

/** A folder with the files of the image `posthaste`, without sources and packages. */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
let folder: string;
let server: ChildProcess | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'posthaste-image-'));
  for (const file of ['package.json', 'bin/posthaste']) cpSync(ROOT + file, join(folder, file));
  const rolldown = join(ROOT, 'node_modules/rolldown/bin/cli.mjs');
  const options = ['-c', '--dir', join(folder, 'dist/command'), '--log-level', 'silent'];
  execFileSync(process.execPath, [rolldown, ...options], { cwd: ROOT });
});
afterAll(() => {
  server?.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

it('has all that the server needs', async () => {
  const port = String(await freePort());
  const database = `sqlite:${join(folder, 'posthaste.db')}`;
  let output = '';
  server = spawn(process.execPath, ['bin/posthaste', 'serve'], {
    cwd: folder,
    env: {
      POSTHASTE_PORT: port,
      POSTHASTE_DATABASE_URL: database,
      POSTHASTE_JWT_SECRET: 'a secret of at least 32 characters',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(server, 'exit');
  for (const stream of [server.stdout, server.stderr]) {
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  await waitFor(async () => {
    if (server?.exitCode !== null) throw new Error(output);
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/health`).catch(() => null);
    return answer?.status === 204;
  }, 'the server to answer');
  server.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});
