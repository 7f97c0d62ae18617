import { expect, it } from 'vitest';
import { summaryOf } from '../../src/domain/attempt-counts.ts';
import { ROLLUP_LIFETIME_MS, ROLLUP_MS } from '../../src/storage/rollup-counter.ts';
import { recordBatch } from '../support/record-batch.ts';
import { NOW } from '../support/storage-world.ts';
import type { Suite } from './storage-suite.ts';

export function describeStatistics(suite: Suite): void {
  const TODAY = { from: NOW, until: NOW + 24 * ROLLUP_MS };

  async function countsOf(subjectId: string, range = TODAY) {
    const hours = await suite.world.storage.statistics.attempts(subjectId, range);
    const summary = summaryOf(hours.map(({ counts }) => counts));
    const { delivered, failed, exhausted, results } = summary;
    return {
      hours: [...new Set(hours.map(({ at }) => at))].toSorted((one, other) => one - other),
      delivered,
      failed,
      exhausted,
      results,
    };
  }

  /** An endpoint with this many deliveries that are claimed. */
  async function claimed(count: number) {
    const { world } = suite;
    const endpoint = await world.createEndpoint();
    await world.acceptMany(count, [endpoint.id]);
    return { endpoint, handoffs: (await world.claim()).handoffs };
  }

  it('add up the attempts of an endpoint and of its application', async () => {
    const { world } = suite;
    const one = await claimed(3);
    const other = await claimed(1);
    const [a, b, c] = one.handoffs;
    const [d] = other.handoffs;
    if (!a || !b || !c || !d) throw new Error('four deliveries were due');
    const due = { dueAt: NOW + 5000, scheduleStep: 1 };
    const batches = [
      [
        world.outcome(a, { state: 'delivered' }),
        world.outcome(b, { state: 'pending', ...due }, { statusCode: null, failure: 'timeout' }),
      ],
      [world.outcome(c, { state: 'exhausted' }), world.outcome(d, { state: 'delivered' })],
    ];
    for (const records of batches) await world.storage.record(() => recordBatch({ records }));

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
  });

  it('keep the hours apart, and count on after a restart', async () => {
    const { endpoint, handoffs } = await claimed(3);
    const hours = [NOW + 5, NOW + ROLLUP_MS, NOW + ROLLUP_MS];
    for (const [index, hour] of hours.entries()) {
      await suite.restart({ now: () => hour });
      const [handoff] = handoffs.slice(index);
      if (handoff === undefined) throw new Error('three deliveries were due');
      await suite.world.record(handoff, { state: 'delivered' });
    }
    expect(await countsOf(endpoint.id)).toMatchObject({
      hours: [NOW, NOW + ROLLUP_MS],
      delivered: 3,
    });
    // The hour that holds the beginning of the range belongs to it, the one at its end does not.
    const range = { from: NOW + 7, until: NOW + ROLLUP_MS };
    expect(await countsOf(endpoint.id, range)).toMatchObject({ hours: [NOW], delivered: 1 });
  });

  it('do not count what was not stored', async () => {
    const { world } = suite;
    const { endpoint, handoffs } = await claimed(2);
    const [a, b] = handoffs;
    if (!a || !b) throw new Error('two deliveries were due');
    const refused = world.outcome(a, { state: 'delivered' }, { durationMs: 0.5 });
    const batch = recordBatch({ records: [world.outcome(b, { state: 'delivered' }), refused] });
    await expect(world.storage.record(() => batch)).rejects.toThrow(/duration/);
    // Until sums are written that hold all of them.
    for (let n = 0; n < 70; n++) await world.record(b, { state: 'delivered' });
    expect(await countsOf(endpoint.id)).toMatchObject({ delivered: 70, results: { 200: 70 } });
  });

  it('of a year that has none are answered at once', async () => {
    const year = { from: NOW, until: NOW + 365 * 24 * ROLLUP_MS };
    expect(await countsOf('ep_unknown', year)).toMatchObject({ hours: [] });
  });

  it('expire', async () => {
    const { endpoint, handoffs } = await claimed(2);
    const [a, b] = handoffs;
    if (!a || !b) throw new Error('two deliveries were due');
    await suite.world.record(a, { state: 'delivered' });
    const later = NOW + ROLLUP_LIFETIME_MS + ROLLUP_MS;
    await suite.restart({ now: () => later });
    await suite.world.record(b, { state: 'delivered' });
    expect(await countsOf(endpoint.id)).toMatchObject({ hours: [] });
    const last = { from: later, until: later + 1 };
    expect(await countsOf(endpoint.id, last)).toMatchObject({ delivered: 1 });
  });
}
