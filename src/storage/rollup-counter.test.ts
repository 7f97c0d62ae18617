import { expect, test } from 'vitest';
import type { Attempt } from '../domain/attempt.ts';
import { ROLLUP_MS, RollupCounter } from './rollup-counter.ts';
import type { AttemptRecord, Rollup } from './storage.ts';

const HOUR = 480_000 * ROLLUP_MS;

function counter(): RollupCounter {
  let writers = 0;
  return new RollupCounter(() => ++writers);
}

function record(endpointId: string, applicationId = 'app_1'): AttemptRecord {
  const given = { endpointId, applicationId, failure: null, statusCode: 200, durationMs: 1 };
  const attempt = given as Attempt;
  return { attempt, claim: { owner: 1, until: HOUR }, next: { state: 'delivered' } };
}

/** What is stored by now. */
class Stored {
  readonly rollups = new Map<string, Rollup>();

  readonly write = async (rollups: readonly Rollup[]): Promise<void> => {
    for (const one of rollups) {
      this.rollups.set(`${one.bucketAt} ${one.subjectId} ${one.writer}`, one);
    }
  };

  delivered(subjectId: string): number {
    const own = [...this.rollups.values()].filter((one) => one.subjectId === subjectId);
    return own.reduce((sum, { counts }) => sum + (counts['delivered'] ?? 0), 0);
  }
}

test('each endpoint and application has one rollup an hour, however often it is written', async () => {
  const rollups = counter();
  const stored = new Stored();
  for (let n = 1; n <= 3; n++) {
    rollups.add([record('ep_1'), record('ep_2'), record('ep_3', 'app_2')], HOUR + n);
    await rollups.write(rollups.unwritten(), stored.write);
    expect(rollups.hasUnwritten).toBe(false);
    expect([stored.delivered('ep_1'), stored.delivered('app_1')]).toEqual([n, 2 * n]);
  }
  expect(stored.rollups.size).toBe(5);
  expect(stored.delivered('app_2')).toBe(3);
});

test('only what has changed is written again, the application in a part of its own, too', async () => {
  const rollups = counter();
  const stored = new Stored();
  rollups.add([record('ep_1'), record('ep_2')], HOUR);
  const application = rollups.unwritten().filter(({ subjectId }) => subjectId === 'app_1');
  await rollups.write(application, stored.write);
  rollups.add([record('ep_1')], HOUR);
  expect(rollups.unwritten().map(({ subjectId }) => subjectId)).toContain('app_1');
  await rollups.write(rollups.unwritten(), stored.write);
  rollups.add([record('ep_2')], HOUR);
  const left = rollups.unwritten().map(({ subjectId }) => subjectId);
  expect(left.toSorted()).toEqual(['app_1', 'ep_2']);
});

test('what could not be written stays, and what comes during a write is written by the next', async () => {
  const rollups = counter();
  const stored = new Stored();
  rollups.add([record('ep_1')], HOUR);
  const failing = rollups.write(rollups.unwritten(), async () => {
    throw new Error('full');
  });
  await expect(failing).rejects.toThrow('full');
  await rollups.write(rollups.unwritten(), async (given) => {
    rollups.add([record('ep_1')], HOUR);
    await stored.write(given);
  });
  expect(stored.delivered('ep_1')).toBe(1);
  expect(rollups.of('ep_1')).toMatchObject([{ counts: { delivered: 2 } }]);
  await rollups.write(rollups.unwritten(), stored.write);
  expect(stored.delivered('ep_1')).toBe(2);
});

test('another hour is another rollup, also when the clock goes back, and loses nothing before it', async () => {
  const rollups = counter();
  const stored = new Stored();
  for (const now of [HOUR, HOUR + ROLLUP_MS, HOUR]) rollups.add([record('ep_1')], now);
  expect(rollups.of('ep_1').map(({ bucketAt }) => (bucketAt - HOUR) / ROLLUP_MS)).toEqual([
    0, 1, 0,
  ]);
  await rollups.write(rollups.unwritten(), stored.write);
  expect(stored.delivered('ep_1')).toBe(3);
  expect(rollups.of('ep_1')).toHaveLength(1);
});

test('it keeps a bounded number of subjects that are written', async () => {
  const rollups = counter();
  const stored = new Stored();
  const ids = Array.from({ length: 30_000 }, (_, index) => `ep_${index}`);
  for (const id of ids) rollups.add([record(id)], HOUR);
  await rollups.write(rollups.unwritten(), stored.write);
  rollups.add(
    ids.map((id) => record(id)),
    HOUR,
  );
  await rollups.write(rollups.unwritten(), stored.write);
  expect(stored.delivered('ep_1')).toBe(2);
  expect(stored.delivered('app_1')).toBe(60_000);
  expect(new Set([...stored.rollups.values()].map(({ writer }) => writer)).size).toBe(2);
});
