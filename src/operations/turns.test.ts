import { expect, it } from 'vitest';
import { createTurns } from './turns.ts';

it('runs what shares a key one after the other, in order', async () => {
  const turns = createTurns();
  const log: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = turns('a', async () => {
    log.push('first begins');
    await gate.promise;
    log.push('first ends');
  });
  const second = turns('a', async () => log.push('second'));
  await turns('b', async () => log.push('other key'));
  gate.resolve();
  await Promise.all([first, second]);
  expect(log).toEqual(['first begins', 'other key', 'first ends', 'second']);
});

it('goes on after a failure, which only its own caller meets', async () => {
  const turns = createTurns();
  const failing = turns('a', () => Promise.reject(new Error('no')));
  const next = turns('a', async () => 'yes');
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('yes');
});
