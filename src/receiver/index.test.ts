import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync, symlinkSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test, vi } from 'vitest';
import { freePorts } from '../../test/support/free-ports.ts';
import { createSigner } from '../domain/signatures.ts';
import { generateSecret } from './index.ts';

const repository = join(import.meta.dirname, '../..');

test('the example of docs/receiver.md handles each order once, even if it is killed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'receiver-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const docs = readFileSync(join(repository, 'docs/receiver.md'), 'utf8');
  writeFileSync(join(folder, 'receiver.mjs'), /```js\n(.*?)```/s.exec(docs)?.[1] ?? '');
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(repository, join(folder, 'node_modules/posthaste'));

  const secret = generateSecret();
  const [port] = await freePorts(1);
  let receiver = start();
  onTestFinished(() => void receiver.kill('SIGKILL'));

  const ids = Array.from({ length: 40 }, (_, i) => `order_${i}`);
  for (const [i, id] of ids.entries()) {
    const sent = Promise.all([send(id), send(id)]);
    if (i % 10 === 5) {
      receiver.kill('SIGKILL');
      receiver = start();
    }
    await sent;
  }
  expect(await post('order_x', generateSecret())).toBe(401);

  const database = new DatabaseSync(join(folder, 'orders.db'));
  onTestFinished(() => database.close());
  await vi.waitFor(
    () => {
      const { n } = database.prepare('select count(*) as n from orders').get() as { n: number };
      expect(n).toBe(ids.length);
    },
    { timeout: 5_000 },
  );

  function start() {
    return spawn(process.execPath, ['--conditions=posthaste-source', 'receiver.mjs'], {
      cwd: folder,
      env: { ...process.env, WEBHOOK_SECRET: secret, PORT: String(port), NODE_OPTIONS: '' },
      stdio: 'inherit',
    });
  }

  /** Repeats the request until the answer is 200, as a sender does. */
  async function send(id: string): Promise<void> {
    await vi.waitFor(async () => expect(await post(id, secret)).toBe(200), { timeout: 10_000 });
  }

  async function post(id: string, key: string): Promise<number> {
    const body = JSON.stringify({ id, total: 100 });
    const now = Date.now();
    const timestamp = Math.floor(now / 1000);
    const sign = createSigner([{ key, expiresAt: null }]);
    const response = await fetch(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      headers: {
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': sign(id, timestamp, body, now),
      },
      body,
      signal: AbortSignal.timeout(2_000),
    });
    return response.status;
  }
});
