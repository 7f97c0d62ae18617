import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pack } from '../package/pack.ts';
import { startPostgres } from './postgres-server.ts';
import { startRabbitmq } from './rabbitmq.ts';
import type { Shared } from './shared.ts';

const VITE = fileURLToPath(new URL('../../node_modules/vite/bin/vite.js', import.meta.url));

type Made<K extends keyof Shared> = Shared[K] & { stop(): void | Promise<void> };

/** Runs in the main process of vitest, which makes the shared things on demand and ends them with the run. */
export async function setup(): Promise<() => Promise<void>> {
  const made = new Map<string, Promise<Made<keyof Shared>>>();
  const server = createServer((request, response) => {
    const kind = String(request.url).slice(1) as keyof Shared;
    const making = made.get(kind) ?? make(kind, made.get('package'));
    made.set(kind, making);
    making.then(
      (value) => response.end(JSON.stringify(value)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  process.env['TEST_SHARED_URL'] = `http://127.0.0.1:${port}`;
  return async () => {
    server.close().closeAllConnections();
    for (const one of await Promise.allSettled(made.values())) {
      if (one.status === 'fulfilled') await one.value.stop();
    }
  };
}

/** A run that makes the package builds the faces for it, and uses these. */
async function make(
  kind: keyof Shared,
  packed: Promise<Made<keyof Shared>> | undefined,
): Promise<Made<keyof Shared>> {
  if (kind !== 'faces' || packed === undefined) return MAKE[kind]();
  const { source } = (await packed) as Made<'package'>;
  return { folder: join(source, 'dist/faces'), stop() {} };
}

const MAKE: { readonly [K in keyof Shared]: () => Promise<Made<K>> } = {
  postgres: () => startPostgres({ durable: false, settings: { max_connections: '400' } }),
  rabbitmq: () => startRabbitmq({ management: true }),
  faces: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'posthaste-faces-'));
    const faces = join(import.meta.dirname, '../../faces');
    // In another process: with vitest's NODE_ENV, React would be its development build.
    for (const mode of ['console', 'portal']) {
      const args = [VITE, 'build', faces, '--outDir', folder, '--mode', mode];
      await promisify(execFile)(process.execPath, args, {
        cwd: faces,
        env: { ...process.env, NODE_ENV: 'production' },
      });
    }
    return { folder, stop: () => rmSync(folder, { recursive: true, force: true }) };
  },
  package: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'posthaste-package-'));
    const packed = await pack(folder);
    return { ...packed, stop: () => rmSync(folder, { recursive: true, force: true }) };
  },
};
