import { expect, it } from 'vitest';
import { createKeyedMutex } from './keyed-mutex.ts';

it('runs calls with the same key one after the other, in order', async () => {
  const mutex = createKeyedMutex();
  const log: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = mutex('a', async () => {
    log.push('first begins');
    await gate.promise;
    log.push('first ends');
  });
  const second = mutex('a', async () => log.push('second'));
  await mutex('b', async () => log.push('other key'));
  gate.resolve();
  await Promise.all([first, second]);
  expect(log).toEqual(['first begins', 'other key', 'first ends', 'second']);
});

it('goes on after a failure, which only the failing call gets', async () => {
  const mutex = createKeyedMutex();
  const failing = mutex('a', () => Promise.reject(new Error('no')));
  const next = mutex('a', async () => 'yes');
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('yes');
});
