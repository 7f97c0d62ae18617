import { expect, test } from 'vitest';
import type { Attempt } from '../domain/attempt.ts';
import type { DeliveryNext } from '../domain/delivery.ts';
import { type AddedRollups, LOG, ROLLUP_MS, type Rollup, RollupCounter } from './rollup-counter.ts';
import type { AttemptRecord } from './storage.ts';

const HOUR = 480_000 * ROLLUP_MS;

function counter(): RollupCounter {
  let writers = 0;
  return new RollupCounter(() => ++writers);
}

function record(given: Partial<Attempt> = {}, state: 'delivered' | 'exhausted' = 'delivered') {
  const attempt: Attempt = {
    id: 'atmpt_1',
    messageId: 'msg_1',
    endpointId: 'ep_1',
    applicationId: 'app_1',
    number: 1,
    trigger: 'scheduled',
    url: 'https://example.com/',
    startedAt: HOUR,
    durationMs: 1,
    succeeded: state === 'delivered',
    failure: null,
    detail: '',
    statusCode: 200,
    response: '',
    ...given,
  };
  const next: DeliveryNext = { state };
  return { attempt, claim: { owner: 1, until: HOUR }, next } satisfies AttemptRecord;
}

/** What the rows of a database would add up to after these writes. */
function sums(writes: readonly AddedRollups[], subjectId: string): Record<string, number> {
  const stored = new Map<string, Rollup>();
  for (const { rows, folded } of writes) {
    for (const row of rows) stored.set(`${row.bucketAt} ${row.subjectId} ${row.writer}`, row);
    for (const { bucketAt, above, upTo } of folded) {
      for (const [key, row] of stored) {
        const isOfLog = row.bucketAt === bucketAt && row.subjectId === LOG;
        if (isOfLog && row.writer > above && row.writer <= upTo) stored.delete(key);
      }
    }
  }
  const total: Record<string, number> = {};
  for (const row of stored.values()) {
    const parsed = JSON.parse(row.counts);
    const counts = row.subjectId === LOG ? parsed[subjectId] : parsed;
    if (row.subjectId !== LOG && row.subjectId !== subjectId) continue;
    for (const [name, count] of Object.entries(counts ?? {})) {
      total[name] = (total[name] ?? 0) + Number(count);
    }
  }
  return total;
}

test('a batch is one row, and after many batches there is one for each subject', () => {
  const rollups = counter();
  const batch = [record(), record({ endpointId: 'ep_2' })];
  const writes = Array.from({ length: 200 }, () => rollups.add(batch, HOUR));
  expect(writes[0]?.rows).toHaveLength(1);
  expect(writes.map(({ rows }) => rows.length).filter((length) => length > 1)).toEqual([3, 3, 3]);
  for (const count of [1, 64, 65, 66, 200]) {
    const written = writes.slice(0, count);
    expect(sums(written, 'ep_2')).toEqual({ delivered: count, s200: count, d0: count });
    expect(sums(written, 'app_1')).toMatchObject({ delivered: 2 * count });
  }
});

test.each([false, true])('a lost batch counts once when it comes again; stored: %s', (isStored) => {
  for (const before of [0, 1, 64]) {
    const rollups = counter();
    const writes = Array.from({ length: before }, () => rollups.add([record()], HOUR));
    const lost = rollups.add([record()], HOUR);
    lost.lost();
    if (isStored) writes.push(lost);
    writes.push(rollups.add([record(), record({}, 'exhausted')], HOUR));
    writes.push(rollups.add([record()], HOUR));
    const expected = { delivered: before + 2, exhausted: 1, s200: before + 3 };
    expect(sums(writes, 'ep_1')).toMatchObject(expected);
  }
});

test('another hour is another writer, also when the clock goes back, and folds the one before', () => {
  const rollups = counter();
  const hours = [HOUR, HOUR + ROLLUP_MS, HOUR];
  const writes = hours.map((now) => rollups.add([record()], now));
  expect(writes.map(({ rows }) => rows.length)).toEqual([1, 3, 3]);
  expect(sums(writes, 'ep_1')).toEqual({ delivered: 3, s200: 3, d0: 3 });
});
