import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../src/domain/endpoint.ts';
import { NOW } from '../support/storage-world.ts';
import type { Suite } from './storage-suite.ts';
import { recordBatch } from '../support/record-batch.ts';

export function describeClaims(suite: Suite): void {
  describe('claimDue', () => {
    it('gives hand-offs all that the next attempt needs', async () => {
      const { world } = suite;
      const endpoint = await world.createEndpoint();
      const messageId = await world.accept([endpoint.id], { payload: '{"a":1}' });
      const first = await world.claimOne({ until: NOW + 7 });
      expect(first).toEqual({
        messageId,
        endpointId: endpoint.id,
        applicationId: world.application.id,
        payload: '{"a":1}',
        contentType: null,
        headers: null,
        eventType: 'call.new',
        owedSince: NOW,
        attemptCount: 0,
        scheduleStep: 0,
        trigger: 'scheduled',
        claim: { owner: world.storage.owner, until: NOW + 7 },
      });

      await world.record(first, { state: 'pending', dueAt: NOW + 10, scheduleStep: 1 });
      expect(await world.claimOne({ now: NOW + 10 })).toMatchObject({
        attemptCount: 1,
        scheduleStep: 1,
      });
    });

    it('gives the hand-off of a delayed message the time since which it is owed', async () => {
      const { world } = suite;
      const endpoint = await world.createEndpoint();
      const deliverAt = NOW + 3;
      await world.accept([endpoint.id], { deliverAt, dueAt: deliverAt });
      expect(await world.claimOne({ now: deliverAt })).toMatchObject({ owedSince: deliverAt });
    });

    it('claims each delivery once when several callers ask', async () => {
      const { world } = suite;
      const endpoint = await world.createEndpoint();
      const messageIds = await world.acceptMany(200, [endpoint.id]);
      const results = await Promise.all(
        Array.from({ length: 20 }, () => world.claim({ limit: 15, defaultCapacity: 15 })),
      );
      const claimed = results.flatMap(({ handoffs }) => handoffs.map((h) => h.messageId));
      expect(claimed.toSorted()).toEqual(messageIds);
    });

    it('claims in the order of due times, then of publication', async () => {
      const { world } = suite;
      const endpoint = await world.createEndpoint();
      const late = await world.accept([endpoint.id], { dueAt: NOW - 10 });
      const early = await world.accept([endpoint.id], { dueAt: NOW - 20 });
      const earlyToo = await world.accept([endpoint.id], { dueAt: NOW - 20 });
      await world.accept([endpoint.id], { dueAt: NOW + 1 });

      const { handoffs, nextDueAt } = await world.claim();
      expect(handoffs.map((h) => h.messageId)).toEqual([early, earlyToo, late]);
      expect(nextDueAt).toBe(NOW + 1);
    });

    it('claims no more for an endpoint than its capacity', async () => {
      const { world } = suite;
      const [usual, wide, shut] = await endpoints(suite, 3);
      for (const { id } of [usual, wide, shut]) await world.acceptMany(9, [id]);

      const { handoffs, nextDueAt } = await world.claim({
        defaultCapacity: 2,
        capacities: new Map([
          [wide.id, 5],
          [shut.id, 0],
        ]),
      });
      expect(countByEndpoint(handoffs)).toEqual({ [usual.id]: 2, [wide.id]: 5 });
      // No endpoint with capacity left has due deliveries.
      expect(nextDueAt).toBeNull();
    });

    it('lets endpoints take turns when there is more than the limit', async () => {
      const { world } = suite;
      const all = await endpoints(suite, 4);
      for (const { id } of all) await world.acceptMany(50, [id]);

      const seen = new Set<string>();
      for (let turn = 0; turn < 4; turn++) {
        const { handoffs, nextDueAt } = await world.claim({ limit: 10, defaultCapacity: 10 });
        expect(handoffs).toHaveLength(10);
        expect(nextDueAt).toBeLessThanOrEqual(NOW);
        for (const { endpointId } of handoffs) seen.add(endpointId);
      }
      expect([...seen].toSorted()).toEqual(all.map(({ id }) => id));
    });

    it('stops at maxChars, but claims one delivery however large it is', async () => {
      const { world } = suite;
      const endpoint = await world.createEndpoint();
      await world.acceptMany(5, [endpoint.id], { payload: `"${'x'.repeat(998)}"` });

      expect((await world.claim({ maxChars: 10 })).handoffs).toHaveLength(1);
      const { handoffs, nextDueAt } = await world.claim({ maxChars: 2500 });
      expect(handoffs).toHaveLength(2);
      expect(nextDueAt).toBeLessThanOrEqual(NOW);
      expect((await world.claim({ maxChars: 2500 })).nextDueAt).toBeNull();
    });

    it('says that nothing more is due when the limit was just enough', async () => {
      const { world } = suite;
      const endpoint = await world.createEndpoint();
      await world.acceptMany(3, [endpoint.id]);
      await world.accept([endpoint.id], { dueAt: NOW + 50 });
      const { handoffs, nextDueAt } = await world.claim({ limit: 3 });
      expect(handoffs).toHaveLength(3);
      expect(nextDueAt).toBe(NOW + 50);
    });

    it('claims nothing with a limit of zero', async () => {
      const { world } = suite;
      const endpoint = await world.createEndpoint();
      await world.accept([endpoint.id]);
      const { handoffs, nextDueAt } = await world.claim({ limit: 0 });
      expect(handoffs).toEqual([]);
      expect(nextDueAt).toBeLessThanOrEqual(NOW);
    });

    it('skips disabled endpoints, which do not count as due, until they are enabled', async () => {
      const { world } = suite;
      const endpoint = await world.createEndpoint();
      const messageId = await world.accept([endpoint.id]);
      const disabled = { at: NOW, reason: 'manual' as const };
      expect(await world.storage.endpoints.update({ ...endpoint, disabled }, endpoint)).toBe(true);
      expect(await world.claim()).toEqual({ handoffs: [], nextDueAt: null });

      await world.accept([endpoint.id]);
      expect(await world.claim()).toEqual({ handoffs: [], nextDueAt: null });
      expect(await world.delivery(messageId, endpoint.id)).toMatchObject({
        state: 'pending',
      });

      await world.storage.endpoints.update(endpoint, { ...endpoint, disabled });
      expect((await world.claim()).handoffs).toHaveLength(2);
    });

    it.each([{ ordered: false }, { ordered: true }])(
      'skips paused endpoints, and messages published meanwhile, until they are resumed (%o)',
      async (given) => {
        const { world } = suite;
        const endpoint = await world.createEndpoint(given);
        const first = await world.accept([endpoint.id]);
        const paused = { ...endpoint, pausedAt: NOW, updatedAt: NOW + 1 };
        expect(await world.storage.endpoints.update(paused, endpoint)).toBe(true);
        await world.accept([endpoint.id]);
        expect(await world.claim()).toEqual({ handoffs: [], nextDueAt: null });
        await suite.restart();
        expect(await world.claim()).toEqual({ handoffs: [], nextDueAt: null });
        expect(await world.storage.endpoints.get(world.application.id, endpoint.id)).toEqual(
          paused,
        );

        await world.storage.endpoints.update(endpoint, paused);
        const { handoffs } = await world.claim();
        expect(handoffs[0]?.messageId).toBe(first);
        expect(handoffs).toHaveLength(given.ordered ? 1 : 2);
      },
    );

    it('skips endpoints that are deleted, alone or with their application', async () => {
      const { world } = suite;
      const [deleted, kept] = await endpoints(suite, 2);
      const gone = await world.createApplication();
      const hidden = await world.createEndpoint({ applicationId: gone.id });
      await world.accept([deleted.id, kept.id]);
      await world.accept([hidden.id], { applicationId: gone.id });
      await world.storage.endpoints.delete(world.application.id, deleted.id, NOW);
      await world.storage.applications.delete(gone.organizationId, gone.id, NOW);

      const { handoffs, nextDueAt } = await world.claim();
      expect(countByEndpoint(handoffs)).toEqual({ [kept.id]: 1 });
      expect(nextDueAt).toBeNull();
    });

    it('claims again when a claim expired without a result', async () => {
      const { world } = suite;
      const endpoint = await world.createEndpoint();
      const claimed = await world.accept([endpoint.id]);
      await world.claimOne({ until: NOW + 1000 });
      const inserted = await world.accept([endpoint.id], { claimedUntil: NOW + 500 });

      expect((await world.claim({ now: NOW + 499 })).handoffs).toEqual([]);
      expect((await world.claimOne({ now: NOW + 500 })).messageId).toBe(inserted);
      expect((await world.claim({ now: NOW + 999 })).handoffs).toEqual([]);
      expect((await world.claimOne({ now: NOW + 1000 })).messageId).toBe(claimed);
    });

    it('tells the due time of the earliest retry or delayed delivery', async () => {
      const { world } = suite;
      const [one, two] = await endpoints(suite, 2);
      await world.accept([one.id]);
      await world.record(await world.claimOne(), {
        state: 'pending',
        dueAt: NOW + 5000,
        scheduleStep: 1,
      });
      expect((await world.claim()).nextDueAt).toBe(NOW + 5000);
      await world.accept([two.id], { dueAt: NOW + 300 });
      expect((await world.claim()).nextDueAt).toBe(NOW + 300);
      // The time is a hint and may be early: endpoints without capacity may count or not.
      const { nextDueAt } = await world.claim({ capacities: new Map([[two.id, 0]]) });
      expect(nextDueAt).not.toBeNull();
      expect(nextDueAt).toBeLessThanOrEqual(NOW + 5000);
    });

    it('tells the due time of the remaining deliveries when an unclaimed one turns out to be delivered', async () => {
      const { world } = suite;
      const endpoint = await world.createEndpoint();
      await world.accept([endpoint.id]);
      const late = await world.claimOne();
      await world.storage.scheduleDelivery({ ...late, dueAt: NOW + 100, trigger: 'manual' });
      await world.accept([endpoint.id], { dueAt: NOW + 900 });
      await world.record(late, { state: 'delivered' });
      expect((await world.claim()).nextDueAt).toBe(NOW + 900);
    });
  });

  describe('ordered endpoints', () => {
    it('get one delivery at a time, in the order of publication', async () => {
      const { world } = suite;
      const endpoint = await world.createEndpoint({ ordered: true });
      const messageIds = await world.acceptMany(3, [endpoint.id]);
      for (const messageId of messageIds) {
        const handoff = await world.claimOne();
        expect(handoff.messageId).toBe(messageId);
        expect(await world.claim()).toEqual({ handoffs: [], nextDueAt: null });
        await world.record(handoff, { state: 'delivered' });
      }
      expect(await world.claim()).toEqual({ handoffs: [], nextDueAt: null });
    });

    it('wait for their first pending delivery, even if it is a retry or delayed', async () => {
      const { world } = suite;
      const endpoint = await world.createEndpoint({ ordered: true });
      const [first = '', second] = await world.acceptMany(2, [endpoint.id]);
      await world.record(await world.claimOne(), {
        state: 'pending',
        dueAt: NOW + 5000,
        scheduleStep: 1,
      });
      expect(await world.claim()).toEqual({ handoffs: [], nextDueAt: NOW + 5000 });

      const retried = await world.claimOne({ now: NOW + 5000 });
      expect(retried.messageId).toBe(first);
      await world.record(retried, { state: 'exhausted' });
      expect((await world.claimOne({ now: NOW + 5000 })).messageId).toBe(second);
    });

    it('go back to a message that is resent', async () => {
      const { world } = suite;
      const endpoint = await world.createEndpoint({ ordered: true });
      const [first = ''] = await world.acceptMany(2, [endpoint.id]);
      await world.record(await world.claimOne(), { state: 'exhausted' });
      await world.storage.scheduleDelivery({
        messageId: first,
        endpointId: endpoint.id,
        applicationId: world.application.id,
        dueAt: NOW,
        trigger: 'manual',
      });
      expect((await world.claimOne()).messageId).toBe(first);
    });

    it('keep resent messages in order, even if the endpoint became ordered later', async () => {
      const { world } = suite;
      const endpoint = await world.createEndpoint();
      await world.accept([endpoint.id]);
      const first = await world.claimOne();
      await world.record(first, { state: 'delivered' });
      await world.storage.endpoints.update({ ...endpoint, ordered: true }, endpoint);
      await world.accept([endpoint.id]);
      await world.storage.scheduleDelivery({ ...first, dueAt: NOW + 70, trigger: 'manual' });
      expect(await world.claim()).toEqual({ handoffs: [], nextDueAt: NOW + 70 });
    });

    it('become ordered, and stop being ordered, with deliveries already waiting', async () => {
      const { world } = suite;
      const endpoint = await world.createEndpoint();
      await world.acceptMany(3, [endpoint.id]);
      await world.storage.endpoints.update({ ...endpoint, ordered: true }, endpoint);
      const first = await world.claimOne();
      expect((await world.claim()).handoffs).toEqual([]);
      await world.storage.endpoints.update({ ...endpoint, ordered: false }, endpoint);
      expect((await world.claim()).handoffs).toHaveLength(2);

      await world.storage.record(() => recordBatch({ releases: [{ ...first, dueAt: NOW }] }));
      expect((await world.claimOne()).messageId).toBe(first.messageId);
    });
  });

  describe('releases', () => {
    it('gives a delivery back without counting an attempt', async () => {
      const { world } = suite;
      const endpoint = await world.createEndpoint();
      const messageId = await world.accept([endpoint.id]);
      const handoff = await world.claimOne();
      await world.storage.record(() =>
        recordBatch({ releases: [{ ...handoff, dueAt: NOW + 40 }] }),
      );

      expect(await world.delivery(messageId, endpoint.id)).toMatchObject({
        state: 'pending',
        attemptCount: 0,
        dueAt: NOW + 40,
        claimed: false,
      });
      expect(await world.claim()).toEqual({ handoffs: [], nextDueAt: NOW + 40 });
      expect(await world.claimOne({ now: NOW + 40 })).toMatchObject({ messageId });
    });

    it('ignores a claim that is no longer valid', async () => {
      const { world } = suite;
      const endpoint = await world.createEndpoint();
      await world.accept([endpoint.id]);
      const stale = await world.claimOne({ until: NOW + 10 });
      const held = await world.claimOne({ now: NOW + 10 });
      const nothing = { handoffs: [], nextDueAt: null };
      await world.storage.record(() => recordBatch({ releases: [{ ...stale, dueAt: NOW + 20 }] }));
      expect(await world.claim({ now: NOW + 10 })).toEqual(nothing);

      await world.record(held, { state: 'delivered' });
      await world.storage.record(() => recordBatch({ releases: [{ ...held, dueAt: NOW + 20 }] }));
      expect(await world.claim({ now: NOW + 10 })).toEqual(nothing);
    });
  });

  describe('scheduleDelivery', () => {
    it('makes a concluded delivery due again, with its schedule from the beginning', async () => {
      const { world } = suite;
      const endpoint = await world.createEndpoint();
      const messageId = await world.accept([endpoint.id]);
      await world.record(await world.claimOne(), { state: 'delivered' });
      await world.storage.scheduleDelivery({
        messageId,
        endpointId: endpoint.id,
        applicationId: world.application.id,
        dueAt: NOW + 3,
        trigger: 'manual',
      });
      expect((await world.claim()).nextDueAt).toBe(NOW + 3);
      const again = await world.claimOne({ now: NOW + 3 });
      expect(again).toMatchObject({ attemptCount: 1, scheduleStep: 0, trigger: 'manual' });

      await world.record(again, { state: 'pending', dueAt: NOW + 4, scheduleStep: 1 });
      expect(await world.claimOne({ now: NOW + 4 })).toMatchObject({
        attemptCount: 2,
        scheduleStep: 1,
        trigger: 'scheduled',
      });
    });

    it.each(['pending', 'exhausted'] as const)(
      'leaves a delivery that is %s at its place in the schedule',
      async (state) => {
        const { world } = suite;
        const endpoint = await world.createEndpoint();
        const messageId = await world.accept([endpoint.id]);
        const due = { state: 'pending', dueAt: NOW + 1, scheduleStep: 1 } as const;
        await world.record(await world.claimOne(), due);
        const second = await world.claimOne({ now: NOW + 1 });
        await world.record(second, state === 'pending' ? { ...due, scheduleStep: 2 } : { state });
        await world.storage.scheduleDelivery({
          messageId,
          endpointId: endpoint.id,
          applicationId: world.application.id,
          dueAt: NOW + 3,
          trigger: 'manual',
        });
        expect(await world.claimOne({ now: NOW + 3 })).toMatchObject({
          attemptCount: 2,
          scheduleStep: state === 'pending' ? 2 : 1,
          trigger: 'manual',
        });
      },
    );

    it('creates a delivery of a message that was not owed to the endpoint', async () => {
      const { world } = suite;
      const endpoint = await world.createEndpoint();
      const messageId = await world.accept([], { payload: '7' });
      await world.storage.scheduleDelivery({
        messageId,
        endpointId: endpoint.id,
        applicationId: world.application.id,
        dueAt: NOW,
        trigger: 'manual',
      });
      expect(await world.claimOne()).toMatchObject({ messageId, payload: '7', attemptCount: 0 });
    });

    it('ends a claim', async () => {
      const { world } = suite;
      const endpoint = await world.createEndpoint();
      await world.accept([endpoint.id]);
      const held = await world.claimOne();
      await world.storage.scheduleDelivery({ ...held, dueAt: NOW, trigger: 'manual' });
      expect(await world.claimOne()).toMatchObject({ messageId: held.messageId });
      await world.storage.record(() => recordBatch({ releases: [{ ...held, dueAt: NOW }] }));
    });

    it('moves the due time of a waiting delivery to earlier or later', async () => {
      const { world } = suite;
      const endpoint = await world.createEndpoint();
      const messageId = await world.accept([endpoint.id], { dueAt: NOW + 1000 });
      const delivery = {
        messageId,
        endpointId: endpoint.id,
        applicationId: world.application.id,
        trigger: 'manual' as const,
      };
      await world.storage.scheduleDelivery({ ...delivery, dueAt: NOW + 5 });
      expect((await world.claim()).nextDueAt).toBe(NOW + 5);
      await world.storage.scheduleDelivery({ ...delivery, dueAt: NOW + 2000 });
      expect((await world.claim()).nextDueAt).toBe(NOW + 2000);
    });
  });

  describe('cancelOrphans', () => {
    it('cancels deliveries to deleted endpoints and applications, in small parts', async () => {
      const { world } = suite;
      const [deleted, kept] = await endpoints(suite, 2);
      const gone = await world.createApplication();
      const hidden = await world.createEndpoint({ applicationId: gone.id });
      const messageIds = await world.acceptMany(5, [deleted.id, kept.id]);
      await world.acceptMany(2, [hidden.id], { applicationId: gone.id });
      expect(await world.storage.cancelOrphans(100)).toBe(0);

      await world.storage.endpoints.delete(world.application.id, deleted.id, NOW);
      await world.storage.applications.delete(gone.organizationId, gone.id, NOW);
      expect(await world.storage.cancelOrphans(4)).toBe(4);
      await suite.restart();
      expect(await world.storage.cancelOrphans(100)).toBe(3);
      expect(await world.storage.cancelOrphans(100)).toBe(0);

      for (const messageId of messageIds) {
        expect(await world.delivery(messageId, deleted.id)).toMatchObject({
          state: 'cancelled',
          dueAt: null,
        });
      }
      expect((await world.claim()).handoffs).toHaveLength(5);
    });

    it('finds deliveries that were made for an endpoint after its deletion', async () => {
      const { world } = suite;
      const endpoint = await world.createEndpoint();
      const messageId = await world.accept();
      await world.storage.endpoints.delete(world.application.id, endpoint.id, NOW);
      expect(await world.storage.cancelOrphans(10)).toBe(0);
      await world.accept([endpoint.id]);
      expect(await world.storage.cancelOrphans(10)).toBe(1);
      await world.storage.scheduleDelivery({
        messageId,
        endpointId: endpoint.id,
        applicationId: world.application.id,
        dueAt: NOW,
        trigger: 'manual',
      });
      expect(await world.storage.cancelOrphans(10)).toBe(1);
    });

    it('finds deliveries that become pending again, and keeps the result of a late success', async () => {
      const { world } = suite;
      const endpoint = await world.createEndpoint();
      await world.acceptMany(3, [endpoint.id]);
      const [succeeds, retries, stays] = (await world.claim()).handoffs;
      if (!succeeds || !retries || !stays) throw new Error('three deliveries were due');
      await world.storage.endpoints.delete(world.application.id, endpoint.id, NOW);
      await world.record(succeeds, { state: 'delivered' });
      await world.record(retries, { state: 'pending', dueAt: NOW + 1, scheduleStep: 1 });
      expect(await world.storage.cancelOrphans(10)).toBe(2);

      const states = [];
      for (const { messageId } of [succeeds, retries, stays]) {
        states.push((await world.delivery(messageId, endpoint.id))?.state);
      }
      expect(states).toEqual(['delivered', 'cancelled', 'cancelled']);
    });
  });
}

async function endpoints<N extends 2 | 3 | 4>(suite: Suite, count: N) {
  const created: Endpoint[] = [];
  while (created.length < count) created.push(await suite.world.createEndpoint());
  // As many as `count` says.
  return created as [Endpoint, Endpoint, ...(N extends 2 ? [] : [Endpoint])];
}

function countByEndpoint(handoffs: readonly { endpointId: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { endpointId } of handoffs) counts[endpointId] = (counts[endpointId] ?? 0) + 1;
  return counts;
}
