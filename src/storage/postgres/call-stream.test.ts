import { expect, test } from 'vitest';
import { PosthasteError } from '../../domain/errors.ts';
import { CallStream } from './call-stream.ts';

/** A call stream of numbers; the test ends its batches one by one. */
function controlled(sizeOf: (call: number) => number = () => 1) {
  const batches: {
    readonly calls: readonly number[];
    readonly end: () => void;
    readonly fail: (error: unknown) => void;
  }[] = [];
  const arrivals: (() => void)[] = [];
  const stream = new CallStream<number, string>({
    sizeOf,
    run(calls) {
      const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
      const end = () => resolve(calls.map(String));
      batches.push({ calls, end, fail: reject });
      arrivals.shift()?.();
      return promise;
    },
  });
  let taken = 0;
  return {
    stream,
    call: (value: number) => stream.call(() => value),
    next: async () => {
      if (batches.length === taken) await new Promise<void>((resolve) => arrivals.push(resolve));
      const batch = batches[taken++];
      if (batch === undefined) throw new Error('a batch has arrived');
      return batch;
    },
  };
}

const lost = () => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

test('calls of one turn form a batch, and calls during the batch form the next', async () => {
  const { call, next } = controlled();
  const first = [call(1), call(2)];
  const batch = await next();
  expect(batch.calls).toEqual([1, 2]);
  const second = [call(3), call(4)];
  batch.end();
  expect(await Promise.all(first)).toEqual(['1', '2']);
  const another = await next();
  expect(another.calls).toEqual([3, 4]);
  another.end();
  expect(await Promise.all(second)).toEqual(['3', '4']);
});

test('a batch is bounded by the size of its calls', async () => {
  const { call, next } = controlled(() => 1_500);
  const calls = [call(1), call(2), call(3)];
  (await next()).end();
  const last = await next();
  expect(last.calls).toEqual([3]);
  last.end();
  expect(await Promise.all(calls)).toEqual(['1', '2', '3']);
});

test('a call that cannot be opened fails alone', async () => {
  const { stream, call, next } = controlled();
  const broken = stream.call(() => {
    throw new Error('nothing to write');
  });
  const whole = call(1);
  const answers = Promise.allSettled([broken, whole]);
  const batch = await next();
  expect(batch.calls).toEqual([1]);
  batch.end();
  expect(await answers).toEqual([
    { status: 'rejected', reason: new Error('nothing to write') },
    { status: 'fulfilled', value: '1' },
  ]);
});

test('a batch whose answer was lost is run again', async () => {
  const { call, next } = controlled();
  const answer = call(1);
  (await next()).fail(lost());
  (await next()).end();
  expect(await answer).toBe('1');
});

test('calls to an unavailable database fail, and are not repeated', async () => {
  const { call, next } = controlled();
  const answers = Promise.allSettled([call(1), call(2)]);
  const error = new PosthasteError('storage_unavailable', 'connect ECONNREFUSED');
  (await next()).fail(error);
  expect(await answers).toEqual([
    { status: 'rejected', reason: error },
    { status: 'rejected', reason: error },
  ]);
});

test('a call with a value that can never be stored is found, and the others are stored', async () => {
  const { call, next } = controlled();
  const answers = Promise.allSettled([call(1), call(2), call(3)]);
  const error = new PosthasteError('storage_rejected', 'no such value');
  (await next()).fail(error);
  (await next()).end();
  (await next()).fail(error);
  (await next()).end();
  expect(await answers).toEqual([
    { status: 'fulfilled', value: '1' },
    { status: 'rejected', reason: error },
    { status: 'fulfilled', value: '3' },
  ]);
});

test('settled waits only for calls made before', async () => {
  const { stream, call, next } = controlled();
  const told: string[] = [];
  await stream.settled();
  const first = call(1).then((answer) => told.push(answer));
  const batch = await next();
  const settled = stream.settled().then(() => told.push('settled'));
  const second = call(2).then((answer) => told.push(answer));
  batch.end();
  await settled;
  (await next()).end();
  await Promise.all([first, second]);
  expect(told).toEqual(['1', 'settled', '2']);
});
