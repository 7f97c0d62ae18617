import { expect, it } from 'vitest';
import { summaryOf } from '../../src/domain/attempt-counts.ts';
import type { Handoff } from '../../src/domain/delivery.ts';
import { keepStatistics, WRITE_AFTER_MS } from '../../src/storage/keep-statistics.ts';
import { ROLLUP_LIFETIMES_MS } from '../../src/storage/rollup.ts';
import {
  FIVE_MINUTES_MS,
  HOUR_MS,
  organizationSubject,
  type Rollup,
  type RollupRange,
  type Storage,
} from '../../src/storage/storage.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { recordBatch } from '../support/record-batch.ts';
import { NOW } from '../support/storage-world.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Suite } from './storage-suite.ts';

export function describeStatistics(suite: Suite): void {
  const DAY = { span: HOUR_MS, from: NOW, until: NOW + 24 * HOUR_MS } as const;

  async function countsOf(
    subjectId: string,
    range: RollupRange = DAY,
    storage = suite.world.storage,
  ) {
    const rollups = await storage.statistics.rollups([subjectId], range);
    const { delivered, failed, exhausted, results } = summaryOf(
      rollups.map(({ counts }) => counts),
    );
    const hours = [...new Set(rollups.map(({ bucketAt }) => bucketAt))];
    return { hours: hours.toSorted((a, b) => a - b), delivered, failed, exhausted, results };
  }

  /** Makes the world record through a storage that counts. Returns the storage beneath. */
  function keeping(
    clock = new ManualClock(NOW),
    onError = (error: unknown) => expect.fail(String(error)),
  ) {
    const { storage } = suite.world;
    const kept = keepStatistics(storage, { clock, onError });
    suite.world.storage = kept.storage;
    return { beneath: storage, countAccepted: kept.countAccepted };
  }

  /** Creates an endpoint with `count` claimed deliveries. */
  async function claimed(count: number) {
    const { world } = suite;
    const endpoint = await world.createEndpoint();
    await world.acceptMany(count, [endpoint.id]);
    return { endpoint, handoffs: (await world.claim()).handoffs };
  }

  function rollup(given: Partial<Rollup> = {}): Rollup {
    const counts = { delivered: 1 };
    return { span: HOUR_MS, bucketAt: NOW, subjectId: 'ep_1', writer: 1, counts, ...given };
  }

  it('count the attempts of an endpoint and of its application, before and after the counts are written', async () => {
    const { world } = suite;
    const clock = new ManualClock(NOW);
    const { beneath } = keeping(clock);
    const one = await claimed(3);
    const other = await claimed(1);
    const [a, b, c, d] = [...one.handoffs, ...other.handoffs] as [
      Handoff,
      Handoff,
      Handoff,
      Handoff,
    ];
    const due = { dueAt: NOW + 5000, scheduleStep: 1 };
    const records = [
      world.outcome(a, { state: 'delivered' }),
      world.outcome(b, { state: 'pending', ...due }, { statusCode: null, failure: 'timeout' }),
      world.outcome(c, { state: 'exhausted' }),
    ];
    await world.storage.record(() => recordBatch({ records }));
    await world.record(d, { state: 'delivered' });
    const expectAll = async () => {
      expect(await countsOf(one.endpoint.id)).toEqual({
        hours: [NOW],
        delivered: 1,
        failed: 1,
        exhausted: 1,
        results: { 200: 1, 500: 1, timeout: 1 },
      });
      expect(await countsOf(other.endpoint.id)).toMatchObject({ delivered: 1, exhausted: 0 });
      expect(await countsOf(world.application.id)).toMatchObject({ delivered: 2, failed: 1 });
      expect(await countsOf('ep_unknown')).toMatchObject({ hours: [] });
    };
    await expectAll();
    expect(await countsOf(one.endpoint.id, DAY, beneath)).toMatchObject({ hours: [] });

    clock.advance(WRITE_AFTER_MS);
    await waitFor(
      async () => (await countsOf(world.application.id, DAY, beneath)).delivered === 2,
      'the sums to be written',
    );
    await expectAll();
    expect(clock.pending).toBe(0);
  });

  it('count the attempts and accepted messages of an organization, by five minutes too', async () => {
    const { world } = suite;
    const clock = new ManualClock(NOW);
    const { countAccepted } = keeping(clock);
    const subject = organizationSubject(world.application.organizationId);
    const { handoffs } = await claimed(2);
    const { organizationId, id: applicationId } = world.application;
    for (let n = 0; n < 2; n++) countAccepted({ organizationId, applicationId });
    const [first, second] = handoffs as [Handoff, Handoff];
    await world.record(first, { state: 'delivered' });
    clock.advance(FIVE_MINUTES_MS);
    await world.record(second, { state: 'delivered' });
    await suite.restart();
    const { statistics } = suite.world.storage;
    const minutes = { span: FIVE_MINUTES_MS, from: NOW, until: NOW + HOUR_MS } as const;
    const found = await statistics.rollups([subject], minutes);
    expect(found.toSorted((a, b) => a.bucketAt - b.bucketAt)).toMatchObject([
      { bucketAt: NOW, counts: { accepted: 2, delivered: 1 } },
      { bucketAt: NOW + FIVE_MINUTES_MS, counts: { delivered: 1 } },
    ]);
    expect(await statistics.rollups([subject], DAY)).toMatchObject([
      { span: HOUR_MS, bucketAt: NOW, counts: { accepted: 2, delivered: 2 } },
    ]);
    expect(await statistics.rollups([organizationSubject('org_other')], DAY)).toEqual([]);
    expect(await statistics.rollups([first.endpointId], minutes)).toEqual([]);
  });

  it('keep hours and counters apart, and are written at the end', async () => {
    const { endpoint, handoffs } = await claimed(3);
    const hours = [NOW + 5, NOW + HOUR_MS, NOW + HOUR_MS];
    for (const [index, hour] of hours.entries()) {
      keeping(new ManualClock(hour));
      await suite.world.record(handoffs[index] as Handoff, { state: 'delivered' });
      await suite.restart();
    }
    expect(await countsOf(endpoint.id)).toMatchObject({
      hours: [NOW, NOW + HOUR_MS],
      delivered: 3,
    });
    // The hour that contains the beginning of a range belongs to it; the hour that begins at its end does not.
    const range = { span: HOUR_MS, from: NOW + 7, until: NOW + HOUR_MS } as const;
    expect(await countsOf(endpoint.id, range)).toMatchObject({ hours: [NOW], delivered: 1 });
  });

  it('do not count attempts that were not stored', async () => {
    const { world } = suite;
    keeping();
    const { endpoint, handoffs } = await claimed(2);
    const [a, b] = handoffs as [Handoff, Handoff];
    const refused = world.outcome(a, { state: 'delivered' }, { durationMs: 0.5 });
    const batch = recordBatch({ records: [world.outcome(b, { state: 'delivered' }), refused] });
    await expect(world.storage.record(() => batch)).rejects.toThrow(/duration/);
    await world.record(b, { state: 'delivered' });
    expect(await countsOf(endpoint.id)).toMatchObject({ delivered: 1, results: { 200: 1 } });
  });

  it('are written later after a failed write', async () => {
    const { world } = suite;
    const clock = new ManualClock(NOW);
    const errors: unknown[] = [];
    const { storage } = world;
    let isFull = true;
    const failing: Storage = {
      ...storage,
      statistics: {
        ...storage.statistics,
        write: async (rollups) => {
          if (isFull) throw new Error('full');
          await storage.statistics.write(rollups);
        },
      },
    };
    const onError = (error: unknown) => void errors.push(error);
    const kept = keepStatistics(failing, { clock, onError }).storage;
    const { endpoint, handoffs } = await claimed(1);
    const [handoff] = handoffs as [Handoff];
    const records = [world.outcome(handoff, { state: 'delivered' })];
    await kept.record(() => recordBatch({ records }));
    clock.advance(WRITE_AFTER_MS);
    await waitFor(() => errors.length === 1 && clock.pending === 1, 'the failure');
    isFull = false;
    clock.advance(WRITE_AFTER_MS);
    const written = async () => (await countsOf(endpoint.id)).delivered === 1;
    await waitFor(written, 'the sums to be written');
    expect(errors).toHaveLength(1);
  });

  it('are replaced by later ones of the same hour, subject and counter', async () => {
    const { statistics } = suite.world.storage;
    await statistics.write([rollup(), rollup({ writer: 2 ** 46 }), rollup({ subjectId: 'ep_2' })]);
    const many = Array.from({ length: 200 }, (_, index) => rollup({ writer: 10 + index }));
    await statistics.write([...many, rollup({ counts: { delivered: 5 } })]);
    await statistics.write([]);
    expect(await countsOf('ep_1')).toMatchObject({ delivered: 206 });
    expect(await statistics.rollups(['ep_2'], DAY)).toEqual([rollup({ subjectId: 'ep_2' })]);
  });

  it('are read fast for a year that has none', async () => {
    const year = { span: HOUR_MS, from: NOW, until: NOW + 365 * 24 * HOUR_MS } as const;
    expect(await countsOf('ep_unknown', year)).toMatchObject({ hours: [] });
  });

  it('are forgotten, the oldest first, a few at a time', async () => {
    const { statistics } = suite.world.storage;
    const hours = [2, 0, 1, 3].map((hour) => NOW + hour * HOUR_MS);
    // The numbers of their writers are in the opposite order.
    const counters = hours.map((bucketAt) => rollup({ bucketAt, writer: 2 ** 46 - bucketAt }));
    await statistics.write(counters);
    expect(await statistics.forget(HOUR_MS, NOW + 3 * HOUR_MS, 2)).toBe(2);
    expect((await countsOf('ep_1')).hours).toEqual([NOW + 2 * HOUR_MS, NOW + 3 * HOUR_MS]);
    expect(await statistics.forget(HOUR_MS, NOW + 3 * HOUR_MS, 2)).toBe(1);
    expect((await countsOf('ep_1')).hours).toEqual([NOW + 3 * HOUR_MS]);
  });

  it('are deleted after two days when they are by five minutes, and after ninety when by the hour', async () => {
    const day = 24 * HOUR_MS;
    const clock = new ManualClock(NOW + 2 * day + FIVE_MINUTES_MS);
    const { statistics } = keeping(clock).beneath;
    const minutes = [NOW, NOW + HOUR_MS, NOW + day];
    const ofMinutes = minutes.map((bucketAt) => rollup({ span: FIVE_MINUTES_MS, bucketAt }));
    await statistics.write([...ofMinutes, rollup()]);
    const { handoffs } = await claimed(1);
    await suite.world.record(handoffs[0] as Handoff, { state: 'delivered' });
    const range = { span: FIVE_MINUTES_MS, from: NOW, until: NOW + 2 * day } as const;
    const left = async () =>
      (await statistics.rollups(['ep_1'], range)).map(({ bucketAt }) => bucketAt);
    await waitFor(async () => {
      clock.advance(WRITE_AFTER_MS);
      return (await left()).length < minutes.length;
    }, 'the oldest to be forgotten');
    expect((await left()).toSorted((a, b) => a - b)).toEqual(minutes.slice(1));
    expect((await countsOf('ep_1')).hours).toEqual([NOW]);
  });

  it('are deleted with later writes once they are old', async () => {
    const { world } = suite;
    const clock = new ManualClock(NOW + ROLLUP_LIFETIMES_MS[HOUR_MS] + HOUR_MS);
    const { statistics } = keeping(clock).beneath;
    await statistics.write(Array.from({ length: 150 }, (_, writer) => rollup({ writer })));
    await statistics.write([rollup({ bucketAt: NOW + 2 * HOUR_MS })]);
    const { handoffs } = await claimed(2);
    // The first commit leaves some: it deletes a hundred more than it writes.
    for (const [index, left] of [45, 1].entries()) {
      await world.record(handoffs[index] as Handoff, { state: 'delivered' });
      const isLeft = async () => {
        // Counts that were recorded during a write get their timer at its end.
        clock.advance(WRITE_AFTER_MS);
        return (await statistics.rollups(['ep_1'], DAY)).length === left;
      };
      await waitFor(isLeft, `${left} to be left`);
    }
    expect((await countsOf('ep_1')).hours).toEqual([NOW + 2 * HOUR_MS]);
  });
}
