import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { GroupCommit } from './group-commit.ts';
import type { Value } from './protocol.ts';

function createGroup() {
  const posted: (readonly Value[])[] = [];
  const group = new GroupCommit((values) => posted.push(values));
  const call = (value: Value, bytes?: number) =>
    group.call(
      (out) => out.push(value),
      (reply) => reply.value(),
      bytes,
    );
  return { group, posted, call };
}

it('posts the calls of one turn together, and those that come meanwhile on the reply', async () => {
  const { group, posted, call } = createGroup();
  const first = [call('a'), call('b')];
  expect(posted).toEqual([]);
  await setImmediate();
  expect(posted).toEqual([['a', 'b']]);

  const second = [call('c'), call('d')];
  await setImmediate();
  expect(posted).toHaveLength(1);
  group.onReply(['A', 'B']);
  await setImmediate();
  expect(posted).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
  expect(await Promise.all(first)).toEqual(['A', 'B']);
  group.onReply(['C', 'D']);
  expect(await Promise.all(second)).toEqual(['C', 'D']);
});

it('rejects all calls of a failed batch, and goes on', async () => {
  const { group, posted, call } = createGroup();
  const failing = Promise.allSettled([call('a'), call('b')]);
  await setImmediate();
  const next = call('c');
  group.onReply({ code: 'storage_unavailable', message: 'no' });
  expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await setImmediate();
  expect(posted).toEqual([['a', 'b'], ['c']]);
  group.onReply(['C']);
  expect(await next).toBe('C');
});

it('bounds a batch by the bytes that it carries', async () => {
  const { group, posted, call } = createGroup();
  const calls = [1, 2, 3].map((value) => call(value, 3 * 1024 * 1024));
  for (let batch = 0; batch < 2; batch++) {
    await setImmediate();
    group.onReply(posted.at(-1) ?? []);
  }
  expect(posted).toEqual([[1, 2], [3]]);
  expect(await Promise.all(calls)).toEqual([1, 2, 3]);
});

it('drops a call that cannot be written down, and nothing else', async () => {
  const { group, posted, call } = createGroup();
  const good = call('a');
  const bad = group.call(
    (out) => {
      out.push('half');
      throw new Error('circular');
    },
    () => null,
  );
  const alsoGood = call('b');
  await expect(bad).rejects.toThrow('circular');
  await setImmediate();
  expect(posted).toEqual([['a', 'b']]);
  group.onReply(['A', 'B']);
  expect(await Promise.all([good, alsoGood])).toEqual(['A', 'B']);
});

it('is drained when all is answered', async () => {
  const { group, call } = createGroup();
  await group.drained();
  let drained = false;
  const first = call('a');
  const waiting = group.drained().then(() => (drained = true));
  await setImmediate();
  expect(drained).toBe(false);
  group.onReply(['A']);
  await Promise.all([first, waiting]);
  expect(drained).toBe(true);
});
