import { expect, it } from 'vitest';
import { ManualClock } from '../../../../test/support/manual-clock.ts';
import { ReaderClient } from './reader-client.ts';
import type { WorkerEvents } from './worker-handle.ts';

function createReader() {
  const clock = new ManualClock();
  const posted: unknown[] = [];
  const threads: WorkerEvents[] = [];
  const reader = new ReaderClient({
    clock,
    startThread(events) {
      threads.push(events);
      return { post: (message) => posted.push(message), close: async () => {} };
    },
  });
  const query = (sql: string) => reader.query({ sql, parameters: [] });
  const reply = (row: unknown) => threads.at(-1)?.onMessage({ rows: [row] });
  return { reader, clock, posted, threads, query, reply };
}

it('answers queries in order, and gives the thread two at a time', async () => {
  const { posted, query, reply } = createReader();
  const answers = [query('a'), query('b'), query('c')];
  expect(posted).toHaveLength(2);
  reply(1);
  expect(posted).toHaveLength(3);
  reply(2);
  reply(3);
  expect(await Promise.all(answers)).toEqual([[1], [2], [3]]);
});

it('refuses a query that waited too long behind others', async () => {
  const { clock, posted, query, reply } = createReader();
  const before = [query('a'), query('b')];
  const late = query('c');
  clock.advance(5_001);
  reply(1);
  reply(2);
  await expect(late).rejects.toMatchObject({ code: 'query_too_slow' });
  expect(await Promise.all(before)).toEqual([[1], [2]]);
  expect(posted).toHaveLength(2);
});

it('rejects the queries of a lost thread, and starts another thread for the next', async () => {
  const { threads, query, reply } = createReader();
  const asked = Promise.allSettled([query('a'), query('b'), query('c')]);
  threads[0]?.onLost('gone');
  for (const result of await asked) {
    expect(result).toMatchObject({ reason: { code: 'storage_unavailable' } });
  }
  const next = query('d');
  expect(threads).toHaveLength(2);
  reply(4);
  expect(await next).toEqual([4]);
});

it('answers queries that were made before its stop', async () => {
  const { reader, query, reply } = createReader();
  const asked = [query('a'), query('b'), query('c')];
  let stopped = false;
  const stopping = reader.stop().then(() => (stopped = true));
  for (const row of [1, 2, 3]) {
    expect(stopped).toBe(false);
    reply(row);
  }
  await stopping;
  expect(await Promise.all(asked)).toEqual([[1], [2], [3]]);
});
