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
}
