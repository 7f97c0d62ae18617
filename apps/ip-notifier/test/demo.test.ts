import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { childEnvironment } from '@posthaste/test-support/child-environment';

it('the demo tells its story and ends', async () => {
  const demo = fileURLToPath(new URL('../src/demo.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=posthaste-source', demo], {
    env: childEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [output, [exitCode]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  const told = [
    ...output.matchAll(/(\w+) +(\d) +verified +(\d+|none) +\{"ipAddress":"127\.0\.0\.1"/g),
  ];
  expect(told.map(([, name, attempt, status]) => `${name} ${attempt} ${status}`).sort()).toEqual([
    'flaky 1 500',
    'flaky 2 503',
    'flaky 3 200',
    'sleepy 1 none',
    'sleepy 2 200',
    'steady 1 200',
  ]);
  expect(output).toContain('All 3 were told');
  expect(exitCode).toBe(0);
});
