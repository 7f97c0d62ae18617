import { expect, test } from 'vitest';
import type { Attempt } from '../domain/attempt.ts';
import type { DeliveryNext } from '../domain/delivery.ts';
import { ROLLUP_MS, RollupCounter } from './rollup-counter.ts';
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

test('one row for each endpoint and application of a batch, with all that was counted so far', () => {
  const rollups = counter();
  rollups.add([record(), record({ endpointId: 'ep_2' })], HOUR + 1);
  const failed = record({ statusCode: null, failure: 'timeout' }, 'exhausted');
  const { rows, expiredLimit } = rollups.add([failed], HOUR + 2);
  expect(rows.map(({ counts, ...row }) => ({ ...row, counts: JSON.parse(counts) }))).toEqual([
    {
      bucketAt: HOUR,
      subjectId: 'ep_1',
      writer: 1,
      counts: { delivered: 1, exhausted: 1, 200: 1, timeout: 1, d0: 2 },
    },
    {
      bucketAt: HOUR,
      subjectId: 'app_1',
      writer: 1,
      counts: { delivered: 2, exhausted: 1, 200: 2, timeout: 1, d0: 3 },
    },
  ]);
  expect(expiredLimit).toBe(0);
});

test('what was not stored is taken off, and counts once when it is recorded again', () => {
  const rollups = counter();
  rollups.add([record()], HOUR).lost();
  const { rows } = rollups.add([record()], HOUR);
  expect(JSON.parse(rows[0]?.counts ?? '')).toEqual({ delivered: 1, 200: 1, d0: 1 });
});

test('another hour is another writer, also when the clock goes back', () => {
  const rollups = counter();
  const hours = [HOUR, HOUR + ROLLUP_MS, HOUR];
  const rows = hours.map((now) => rollups.add([record()], now).rows[0]);
  expect(rows.map((row) => [row?.bucketAt, row?.writer])).toEqual([
    [HOUR, 1],
    [HOUR + ROLLUP_MS, 2],
    [HOUR, 3],
  ]);
});
