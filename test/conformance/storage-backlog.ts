import { expect, it } from 'vitest';
import { NOW } from '../support/storage-world.ts';
import type { Suite } from './storage-suite.ts';

export function describeBacklog(suite: Suite): void {
  it('is empty at first, and when everything is claimed', async () => {
    const { world } = suite;
    expect(await world.storage.backlog()).toEqual({ waiting: 0, oldestDueAt: null });
    const endpoint = await world.createEndpoint();
    await world.accept([endpoint.id], { claimedUntil: NOW + 60_000 });
    await world.accept([endpoint.id]);
    await world.claim();
    expect(await world.storage.backlog()).toEqual({ waiting: 0, oldestDueAt: null });
  });

  it('counts what waits, and tells when the first of it is due that may be attempted', async () => {
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

  it('is told by endpoint: when the first delivery is due that nobody has claimed', async () => {
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
    // The head of an ordered endpoint comes first, whatever else is due.
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
