import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../domain/clock.ts';
import { createSandbox } from './create-sandbox.ts';
import type { Sandbox, SandboxLimits, SandboxResult } from './sandbox.ts';

let sandbox: Sandbox | null = null;
afterEach(() => sandbox?.stop());

function open(limits: Partial<SandboxLimits> = {}): Sandbox {
  return (sandbox = createSandbox({ clock: systemClock, limits }));
}

function run(key: string, body: string, now = 5): Promise<SandboxResult> {
  const job = { key, code: `function handler(webhook) { ${body} }`, input: '{"a":1}', now };
  return new Promise((resolve) => sandbox?.run({ ...job, seed: key }, resolve));
}

it('each run has its own machine, clock and random numbers', async () => {
  open();
  const body = 'globalThis.n = (globalThis.n ?? 0) + 1; return [n, Date.now(), Math.random()]';
  const first = await run('a', body);
  expect(first).toMatchObject({
    kind: 'returned',
    output: expect.stringMatching(/^\[1,5,0\.\d+\]$/),
  });
  expect(await run('a', body)).toEqual(first);
  expect(await run('b', body)).not.toEqual(first);
});

it('hanging programs do not delay proven ones', async () => {
  open({ cpuMs: 1e9, wallMs: 60_000 });
  await run('proven', 'return webhook');
  const hanging = ['x', 'y', 'z'].map((key) => run(key, 'for (;;) {}'));
  const proven = { kind: 'returned', output: '{"a":1}' };
  expect(await run('proven', 'return webhook')).toEqual(proven);
  sandbox?.stop();
  for (const result of await Promise.all(hanging)) expect(result).toEqual({ kind: 'busy' });
});

it('one quick run does not prove a program that sometimes hangs', async () => {
  open({ cpuMs: 500, wallMs: 60_000 });
  await run('proven', 'return webhook');
  // The same code hangs in some runs and not in others.
  const flips = 'if (Date.now() === 7) for (;;) {} return webhook';
  const flip = (now: number) => run('flip', flips, now);
  expect(await flip(7)).toMatchObject({ kind: 'failed' });
  expect(await flip(5)).toMatchObject({ kind: 'returned' });
  const ended: string[] = [];
  await Promise.all([
    flip(7).then(() => ended.push('flip')),
    run('proven', 'return webhook').then(() => ended.push('proven')),
  ]);
  expect(ended).toEqual(['proven', 'flip']);
});

it('a hanging thread is ended, and the next run has another thread', async () => {
  open({ cpuMs: 1e9, wallMs: 200 });
  expect(await run('a', 'for (;;) {}')).toEqual({
    kind: 'failed',
    detail: 'the transformation did not end within 200 ms',
  });
  expect(await run('a', 'return webhook')).toMatchObject({ kind: 'returned' });
});

it('runs beyond the bound of waiting ones are busy, and so are all after the close', async () => {
  open({ waitingPerKey: 1 });
  const first = run('a', 'for (;;) {}');
  expect(await run('a', 'return webhook')).toEqual({ kind: 'busy' });
  sandbox?.stop();
  expect(await first).toEqual({ kind: 'busy' });
  expect(await run('a', 'return webhook')).toEqual({ kind: 'busy' });
});
