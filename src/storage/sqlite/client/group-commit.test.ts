import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { callStarts } from '../wire/batch.ts';
import { GroupCommit } from './group-commit.ts';
import type { Value } from '../wire/values.ts';

function createGroup() {
  /** The fields of each call, without its length. */
  const posted: Value[][] = [];
  const group = new GroupCommit((values) => posted.push(callsOf(values).flat()));
  const call = (value: Value, bytes?: number) =>
    group.call(
      (out) => out.push(value),
      (reply) => reply.value(),
      bytes,
    );
  return { group, posted, call };
}

function callsOf(values: readonly Value[]): Value[][] {
  const starts = callStarts(values);
  return starts.slice(0, -1).map((start, index) => values.slice(start + 1, starts[index + 1]));
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await setImmediate();
}

it('posts the calls of one turn together, and later calls on the reply', async () => {
  const { group, posted, call } = createGroup();
  const first = [call('a'), call('b')];
  expect(posted).toEqual([]);
  await turns(2);
  expect(posted).toEqual([['a', 'b']]);

  const second = [call('c'), call('d')];
  await turns(2);
  expect(posted).toHaveLength(1);
  group.onReply(['A', 'B']);
  expect(posted).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
  expect(await Promise.all(first)).toEqual(['A', 'B']);
  group.onReply(['C', 'D']);
  expect(await Promise.all(second)).toEqual(['C', 'D']);
});

it('waits for more calls after a reply when few have come', async () => {
  const { group, posted, call } = createGroup();
  for (let value = 0; value < 5; value++) void call(value);
  await turns(2);
  void call('a');
  group.onReply([0, 1, 2, 3, 4]);
  expect(posted).toHaveLength(1);
  void call('b');
  await turns(2);
  expect(posted.slice(1)).toEqual([['a', 'b']]);
});

it('posts a single call in its own turn', async () => {
  const { posted, call } = createGroup();
  void call('a');
  await turns(1);
  expect(posted).toEqual([['a']]);
});

it('waits while each turn brings calls, but not for ever', async () => {
  const { posted, call } = createGroup();
  for (let value = 0; value < 20; value++) {
    // Two calls in the first turn, so that it expects more.
    void call(value);
    if (value > 0) await turns(1);
  }
  expect(posted).toEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8]]);
});

it('posts after a turn that brought nothing', async () => {
  const { posted, call } = createGroup();
  void call('a');
  void call('b');
  await turns(1);
  void call('c');
  await turns(1);
  expect(posted).toEqual([]);
  await turns(1);
  expect(posted).toEqual([['a', 'b', 'c']]);
});

it('rejects all calls of a failed batch, and goes on', async () => {
  const { group, posted, call } = createGroup();
  const failing = Promise.allSettled([call('a'), call('b')]);
  await turns(2);
  const next = call('c');
  group.onReply({ code: 'storage_unavailable', message: 'no' });
  expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await turns(2);
  expect(posted).toEqual([['a', 'b'], ['c']]);
  group.onReply(['C']);
  expect(await next).toBe('C');
});

it('answers each call with its part when the writer had to split the batch', async () => {
  const { group, call } = createGroup();
  const calls = [call('a'), call('b'), call('c'), call('d')];
  await turns(2);
  const rejection = { code: 'storage_rejected', message: 'no' } as const;
  group.onReply({
    parts: [
      { count: 2, answer: ['A', 'B'] },
      { count: 1, answer: rejection },
      { count: 1, answer: ['D'] },
    ],
  });
  expect(await Promise.allSettled(calls)).toEqual([
    { status: 'fulfilled', value: 'A' },
    { status: 'fulfilled', value: 'B' },
    { status: 'rejected', reason: expect.objectContaining(rejection) },
    { status: 'fulfilled', value: 'D' },
  ]);
});

it('bounds a batch by the length of its text', async () => {
  const { group, posted, call } = createGroup();
  const calls = [1, 2, 3].map((value) => call(value, 3 * 1024 * 1024));
  for (let batch = 0; batch < 2; batch++) {
    await turns(2);
    group.onReply(posted.at(-1) ?? []);
  }
  expect(posted).toEqual([[1, 2], [3]]);
  expect(await Promise.all(calls)).toEqual([1, 2, 3]);
});

it('rejects only the call that cannot be encoded', async () => {
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
  await turns(2);
  expect(posted).toEqual([['a', 'b']]);
  group.onReply(['A', 'B']);
  expect(await Promise.all([good, alsoGood])).toEqual(['A', 'B']);
});

it('asks a late call for its values when the batch leaves', async () => {
  const { group, posted, call } = createGroup();
  const gathered: Value[] = [];
  const callLate = () =>
    group.callLate(
      (out) => out.push(...gathered.splice(0)),
      (reply) => reply.value(),
    );
  void call('first');
  await turns(2);
  gathered.push('a');
  const late = callLate();
  const other = call('c');
  await turns(2);
  gathered.push('b');
  group.onReply(['FIRST']);
  // The late call comes after a later one, because its place is the one where it gave its values.
  expect(posted.slice(1)).toEqual([['c', 'a', 'b']]);
  group.onReply(['C', 'AB']);
  expect(await Promise.all([late, other])).toEqual(['AB', 'C']);
});

it('leaves a call that a late call makes during encoding to the next batch', async () => {
  const { group, posted } = createGroup();
  const again = () =>
    group.callLate(
      (out) => out.push('b'),
      (reply) => reply.value(),
    );
  let second: Promise<Value> | undefined;
  const first = group.callLate(
    (out) => {
      out.push('a');
      second = again();
    },
    (reply) => reply.value(),
  );
  await turns(4);
  expect(posted).toEqual([['a']]);
  group.onReply(['A']);
  await turns(4);
  group.onReply(['B']);
  expect(await Promise.all([first, second])).toEqual(['A', 'B']);
});

it('rejects only the late call that cannot be encoded', async () => {
  const { group, posted, call } = createGroup();
  const fail = () =>
    group.callLate(
      () => {
        throw new Error('circular');
      },
      () => null,
    );
  const bad = fail();
  const good = call('a');
  await expect(bad).rejects.toThrow('circular');
  expect(posted).toEqual([['a']]);
  group.onReply(['A']);
  expect(await good).toBe('A');

  await expect(fail()).rejects.toThrow('circular');
  expect(posted).toHaveLength(1);
  await group.drained();
});

it('is drained when all calls are answered', async () => {
  const { group, call } = createGroup();
  await group.drained();
  let drained = false;
  const first = call('a');
  const waiting = group.drained().then(() => (drained = true));
  await turns(2);
  expect(drained).toBe(false);
  group.onReply(['A']);
  await Promise.all([first, waiting]);
  expect(drained).toBe(true);
});
