import { expect, it } from 'vitest';
import { NOW } from '../support/storage-world.ts';
import type { Suite } from './storage-suite.ts';

export function describeRestart(suite: Suite): void {
  it('gives each start a new owner number', async () => {
    const owners = [suite.world.storage.owner];
    for (let start = 0; start < 3; start++) {
      await suite.restart();
      owners.push(suite.world.storage.owner);
    }
    expect(new Set(owners).size).toBe(4);
    expect(Math.min(...owners)).toBeGreaterThan(0);
  });

  it('ends the claims of the earlier owner at once', async () => {
    const { world } = suite;
    const endpoint = await world.createEndpoint();
    const ordered = await world.createEndpoint({ ordered: true });
    const claimed = await world.accept([endpoint.id]);
    const stale = await world.claimOne({ until: NOW + 60_000 });
    const inserted = await world.accept([endpoint.id], { claimedUntil: NOW + 90_000 });
    const [head] = await world.acceptMany(2, [ordered.id]);
    await world.claimOne({ capacities: new Map([[endpoint.id, 0]]) });
    await suite.restart({ now: () => NOW + 1 });

    const { handoffs, nextDueAt } = await world.claim({ now: NOW + 1 });
    expect(handoffs.map(({ messageId }) => messageId).toSorted()).toEqual([
      claimed,
      inserted,
      head,
    ]);
    expect(nextDueAt).toBeNull();

    await world.record(stale, { state: 'exhausted' });
    expect(await world.delivery(claimed, endpoint.id)).toMatchObject({
      state: 'pending',
      claimed: true,
    });
  });

  it('knows due times and disabled endpoints after a restart', async () => {
    const { world } = suite;
    const [live, disabled, deleted] = [
      await world.createEndpoint(),
      await world.createEndpoint(),
      await world.createEndpoint(),
    ];
    const ordered = await world.createEndpoint({ ordered: true });
    for (const { id } of [disabled, deleted]) await world.accept([id], { dueAt: NOW - 5 });
    await world.accept([live.id], { dueAt: NOW + 50 });
    const due = await world.accept([live.id], { dueAt: NOW });
    await world.accept([ordered.id], { dueAt: NOW + 20 });
    await world.accept([ordered.id], { dueAt: NOW });
    await world.storage.endpoints.update(
      { ...disabled, disabled: { at: NOW, reason: 'manual' } },
      disabled,
    );
    await world.storage.endpoints.delete(world.application.id, deleted.id, NOW);
    await suite.restart();

    const { handoffs, nextDueAt } = await world.claim();
    expect(handoffs.map(({ messageId }) => messageId)).toEqual([due]);
    expect(nextDueAt).toBe(NOW + 20);
    expect(await world.storage.cancelOrphans(10)).toBe(1);
    await world.storage.endpoints.update(disabled, {
      ...disabled,
      disabled: { at: NOW, reason: 'manual' },
    });
    expect((await world.claim()).handoffs).toHaveLength(1);
  });

  it('finishes calls made before stop, and refuses later ones', async () => {
    const { world } = suite;
    const { storage } = world;
    const calls = Array.from({ length: 50 }, () => world.accept());
    const read = storage.applications.get('org_1', world.application.id);
    const stopped = storage.stop();
    const late = world.accept();
    await expect(late).rejects.toMatchObject({ code: 'stopping' });
    await expect(storage.messages.get('app', 'msg')).rejects.toMatchObject({ code: 'stopping' });
    await expect(storage.applications.delete('o', 'a', NOW)).rejects.toMatchObject({
      code: 'stopping',
    });
    await expect(Promise.all(calls)).resolves.toHaveLength(50);
    await expect(read).resolves.toEqual(world.application);
    await stopped;
  });

  it('may be started and stopped twice', async () => {
    const { storage } = suite.world;
    await storage.start();
    await suite.world.accept();
    await Promise.all([storage.stop(), storage.stop()]);
    await storage.stop();
  });

  it('lets reads see every write that was answered', async () => {
    const { world } = suite;
    for (let turn = 0; turn < 20; turn++) {
      const id = await world.accept();
      expect(await world.storage.messages.get(world.application.id, id)).toMatchObject({ id });
    }
  });
}
