import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { verify } from '../../src/receiver/index.ts';
import { newFolder } from '../support/app.ts';
import { startReceiver } from '../support/receiver.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

test('docs/moleculer.md: registers, triggers, reports the outcome, stops', async () => {
  const receiver = await startReceiver();
  onTestFinished(() => receiver.close());
  const folder = newFolder();
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules', 'posthaste'));
  symlinkSync(join(ROOT, 'node_modules', 'moleculer'), join(folder, 'node_modules', 'moleculer'));
  const page = readFileSync(join(ROOT, 'docs', 'moleculer.md'), 'utf8');
  const code = /^```ts\n(.*?)^```$/ms.exec(page)?.[1] ?? '';
  expect(code).toContain('http://127.0.0.1:3000/webhooks');
  writeFileSync(
    join(folder, 'example.ts'),
    code.replace('http://127.0.0.1:3000/webhooks', receiver.url),
  );

  const example = spawn(process.execPath, ['--conditions=posthaste-source', 'example.ts'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void example.kill('SIGKILL'));
  const [output, [exitCode]] = await Promise.all([text(example.stdout), once(example, 'exit')]);
  expect(output).toContain(`${receiver.url}: delivered after 1 attempt(s)`);
  const secret = /verifies with (whsec_\S+)$/m.exec(output)?.[1] ?? '';
  const webhook = receiver.received[0];
  expect(webhook && verify(webhook.body, webhook.headers, secret)).toMatchObject({ ok: true });
  expect(exitCode).toBe(0);
});
