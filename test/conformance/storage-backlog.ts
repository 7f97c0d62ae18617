import { expect, it } from 'vitest';
import { NOW } from '../support/storage-world.ts';
import type { Suite } from './storage-suite.ts';

export function describeBacklog(suite: Suite): void {
  it('is empty at first, and when all deliveries are claimed', async () => {
    const { world } = suite;
    expect(await world.storage.backlog()).toEqual({ waiting: 0, oldestDueAt: null });
    const endpoint = await world.createEndpoint();
    await world.accept([endpoint.id], { claimedUntil: NOW + 60_000 });
    await world.accept([endpoint.id]);
    await world.claim();
    expect(await world.storage.backlog()).toEqual({ waiting: 0, oldestDueAt: null });
  });

  it('counts waiting deliveries, and tells the due time of the first that may be attempted', async () => {
    const { world } = suite;
    const { storage } = world;
    const [live, disabled, ordered] = [
      await world.createEndpoint(),
      await world.createEndpoint(),
      await world.createEndpoint({ ordered: true }),
    ];
    await world.accept([live.id], { dueAt: NOW + 70 });
    await world.accept([live.id], { dueAt: NOW + 50 });
    await world.accept([disabled.id], { dueAt: NOW - 50 });
    await storage.endpoints.update(
      { ...disabled, disabled: { at: NOW, reason: 'manual' } },
      disabled,
    );
    const paused = await world.createEndpoint({ pausedAt: NOW });
    await world.accept([paused.id], { dueAt: NOW - 50 });
    expect(await storage.backlog()).toEqual({ waiting: 4, oldestDueAt: NOW + 50 });
    await world.acceptMany(2, [ordered.id]);
    expect(await storage.backlog()).toMatchObject({ waiting: 6, oldestDueAt: NOW });
  });

  it('tells, by endpoint, when the first unclaimed delivery is due', async () => {
    const { world } = suite;
    const { endpoints } = world.storage;
    const [retried, ordered, idle, other] = [
      await world.createEndpoint(),
      await world.createEndpoint({ ordered: true }),
      await world.createEndpoint(),
      await world.createEndpoint(),
    ];
    await world.accept([retried.id, ordered.id, other.id]);
    await world.accept([idle.id], { claimedUntil: NOW + 60_000 });
    for (const handoff of (await world.claim({ limit: 3 })).handoffs) {
      const dueAt = NOW + (handoff.endpointId === ordered.id ? 900 : 700);
      await world.record(handoff, { state: 'pending', dueAt, scheduleStep: 1 });
    }
    // Of an ordered endpoint only the head counts, whatever else is due.
    await world.accept([retried.id, ordered.id], { dueAt: NOW + 800 });
    const ids = [retried.id, ordered.id, idle.id, 'ep_none'];
    expect(await endpoints.nextDue(ids)).toEqual(
      new Map([
        [retried.id, NOW + 700],
        [ordered.id, NOW + 900],
      ]),
    );
    await world.claim({ now: NOW + 750 });
    expect((await endpoints.nextDue(ids)).get(retried.id)).toBe(NOW + 800);
    await world.claim({ now: NOW + 900 });
    expect(await endpoints.nextDue(ids)).toEqual(new Map());
    expect(await endpoints.nextDue([])).toEqual(new Map());
  });
}
