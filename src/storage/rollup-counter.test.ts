import { expect, test } from 'vitest';
import type { CountedAttempt } from '../domain/attempt-counts.ts';
import { RollupCounter } from './rollup-counter.ts';
import { FIVE_MINUTES_MS, HOUR_MS, type Rollup } from './storage.ts';

const HOUR = 480_000 * HOUR_MS;

function counter(span: Rollup['span'] = HOUR_MS): RollupCounter {
  let writers = 0;
  const newWriter = () => ++writers;
  return new RollupCounter({ span, ofEndpoints: span === HOUR_MS, newWriter });
}

function attempt(endpointId: string, applicationId = 'app_1'): CountedAttempt {
  const counts = { outcome: 'delivered', result: 200, duration: 0, arrival: -1 } as const;
  return { endpointId, applicationId, organizationId: 'o', ...counts, eventType: 'a.b' };
}

/** The rollups that are stored so far. */
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

test('each endpoint, application and organization has one rollup for each hour, however often it is written', async () => {
  const rollups = counter();
  const stored = new Stored();
  for (let n = 1; n <= 3; n++) {
    rollups.add([attempt('ep_1'), attempt('ep_2'), attempt('ep_3', 'app_2')], HOUR + n);
    await rollups.write(rollups.unwritten(), stored.write);
    expect(rollups.hasUnwritten).toBe(false);
    expect([stored.delivered('ep_1'), stored.delivered('app_1')]).toEqual([n, 2 * n]);
  }
  expect(stored.rollups.size).toBe(6);
  expect(stored.delivered('app_2')).toBe(3);
  expect(stored.delivered('org:o')).toBe(9);
});

test('only what has changed is written again, the application in a part of its own, too', async () => {
  const rollups = counter();
  const stored = new Stored();
  rollups.add([attempt('ep_1'), attempt('ep_2')], HOUR);
  const application = rollups.unwritten().filter(({ subjectId }) => subjectId === 'app_1');
  await rollups.write(application, stored.write);
  rollups.add([attempt('ep_1')], HOUR);
  expect(rollups.unwritten().map(({ subjectId }) => subjectId)).toContain('app_1');
  await rollups.write(rollups.unwritten(), stored.write);
  rollups.add([attempt('ep_2')], HOUR);
  const left = rollups.unwritten().map(({ subjectId }) => subjectId);
  expect(left.toSorted()).toEqual(['app_1', 'ep_2', 'org:o']);
});

test('counts that could not be written stay, and counts during a write are in the next', async () => {
  const rollups = counter();
  const stored = new Stored();
  rollups.add([attempt('ep_1')], HOUR);
  const failing = rollups.write(rollups.unwritten(), async () => {
    throw new Error('full');
  });
  await expect(failing).rejects.toThrow('full');
  await rollups.write(rollups.unwritten(), async (given) => {
    rollups.add([attempt('ep_1')], HOUR);
    await stored.write(given);
  });
  expect(stored.delivered('ep_1')).toBe(1);
  expect(rollups.of('ep_1')).toMatchObject([{ counts: { delivered: 2 } }]);
  await rollups.write(rollups.unwritten(), stored.write);
  expect(stored.delivered('ep_1')).toBe(2);
});

test('another hour is another rollup, also when the clock goes back, and earlier counts are kept', async () => {
  const rollups = counter();
  const stored = new Stored();
  for (const now of [HOUR, HOUR + HOUR_MS, HOUR]) rollups.add([attempt('ep_1')], now);
  expect(rollups.of('ep_1').map(({ bucketAt }) => (bucketAt - HOUR) / HOUR_MS)).toEqual([0, 1, 0]);
  await rollups.write(rollups.unwritten(), stored.write);
  expect(stored.delivered('ep_1')).toBe(3);
  expect(rollups.of('ep_1')).toHaveLength(1);
});

test('a bounded number of written subjects is kept', async () => {
  const rollups = counter();
  const stored = new Stored();
  const ids = Array.from({ length: 30_000 }, (_, index) => `ep_${index}`);
  for (const id of ids) rollups.add([attempt(id)], HOUR);
  await rollups.write(rollups.unwritten(), stored.write);
  rollups.add(
    ids.map((id) => attempt(id)),
    HOUR,
  );
  await rollups.write(rollups.unwritten(), stored.write);
  expect(stored.delivered('ep_1')).toBe(2);
  expect(stored.delivered('app_1')).toBe(60_000);
  expect(new Set([...stored.rollups.values()].map(({ writer }) => writer)).size).toBe(2);
});

test('accepted messages count for their application and organization, before any attempt', async () => {
  const rollups = counter();
  rollups.accept('o', 'app_1', HOUR);
  rollups.accept('o', 'app_2', HOUR);
  rollups.add([attempt('ep_1')], HOUR);
  const of = (subjectId: string) => rollups.of(subjectId).map(({ counts }) => counts);
  expect(of('org:o')).toMatchObject([{ accepted: 2, delivered: 1 }]);
  expect(of('app_1')).toMatchObject([{ accepted: 1, delivered: 1, '+a.b': 1 }]);
  expect(of('org:o')[0]).not.toHaveProperty('+a.b');
  expect(of('ep_1')[0]).not.toHaveProperty('accepted');
});

test('rollups of five minutes exist only for applications and organizations', () => {
  const rollups = counter(FIVE_MINUTES_MS);
  rollups.add([attempt('ep_1')], HOUR + FIVE_MINUTES_MS + 1);
  const subjects = rollups.unwritten().map(({ subjectId }) => subjectId);
  expect(subjects.toSorted()).toEqual(['app_1', 'org:o']);
  expect(rollups.of('org:o')).toMatchObject([
    { span: FIVE_MINUTES_MS, bucketAt: HOUR + FIVE_MINUTES_MS },
  ]);
  expect(rollups.of('app_1')[0]?.counts).not.toHaveProperty('+a.b');
});
