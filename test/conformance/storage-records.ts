import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../src/domain/endpoint.ts';
import type { Handoff } from '../../src/domain/delivery.ts';
import type { AttemptRecord, HealthChange } from '../../src/storage/storage.ts';
import { NOW } from '../support/storage-world.ts';
import type { Suite } from './storage-suite.ts';
import { recordBatch } from '../support/record-batch.ts';
import { waitFor } from '../support/wait-for.ts';

export function describeRecords(suite: Suite): void {
  const stateOf = ({ messageId, endpointId }: Handoff) =>
    suite.world.delivery(messageId, endpointId);

  it('keep every member of an attempt', async () => {
    const { world } = suite;
    const endpoint = await world.createEndpoint();
    await world.accept([endpoint.id]);
    const handoff = await world.claimOne();
    const attempt = await world.record(
      handoff,
      { state: 'exhausted' },
      {
        number: 3,
        trigger: 'manual',
        failure: 'timeout',
        detail: 'no answer within 15 s',
        statusCode: null,
        response: '😀 "quoted"\n',
        durationMs: 15_000,
      },
    );
    expect(await world.storage.attempts.get(handoff.messageId, attempt.id)).toEqual(attempt);
    expect(await world.storage.attempts.get('msg_unknown', attempt.id)).toBeNull();
  });

  it('write every state that an attempt leads to', async () => {
    const { world } = suite;
    const endpoint = await world.createEndpoint();
    await world.acceptMany(4, [endpoint.id]);
    const [one, two, three, four] = (await world.claim()).handoffs;
    if (!one || !two || !three || !four) throw new Error('four deliveries were due');
    await world.storage.record(() =>
      recordBatch({
        records: [
          world.outcome(one, { state: 'delivered' }),
          world.outcome(two, { state: 'exhausted' }),
          world.outcome(three, { state: 'pending', dueAt: NOW + 5000, scheduleStep: 1 }),
          world.outcome(four, { state: 'cancelled' }),
        ],
      }),
    );
    expect(await stateOf(one)).toMatchObject({
      state: 'delivered',
      attemptCount: 1,
      dueAt: null,
      claimed: false,
    });
    expect(await stateOf(two)).toMatchObject({ state: 'exhausted', attemptCount: 1, dueAt: null });
    expect(await stateOf(three)).toMatchObject({
      state: 'pending',
      attemptCount: 1,
      scheduleStep: 1,
      dueAt: NOW + 5000,
      claimed: false,
    });
    expect(await stateOf(four)).toMatchObject({
      state: 'cancelled',
      attemptCount: 1,
      dueAt: null,
      claimed: false,
    });
    // Concluded deliveries are not claimed again.
    const later = await world.claim({ now: NOW + 4999 });
    expect(later.handoffs).toEqual([]);
  });

  it('count an attempt once when it is recorded twice', async () => {
    const { world } = suite;
    const endpoint = await world.createEndpoint();
    await world.accept([endpoint.id]);
    const handoff = await world.claimOne();
    const record = world.outcome(handoff, { state: 'delivered' });
    await world.storage.record(() => recordBatch({ records: [record] }));
    await world.storage.record(() => recordBatch({ records: [record] }));
    expect(await stateOf(handoff)).toMatchObject({ state: 'delivered', attemptCount: 1 });
  });

  it('contain all that the caller gathers until the moment of writing', async () => {
    const { world } = suite;
    const endpoint = await world.createEndpoint();
    await world.acceptMany(2, [endpoint.id]);
    const { handoffs } = await world.claim();
    const records: AttemptRecord[] = [];
    const recorded = world.storage.record(() => recordBatch({ records }));
    records.push(...handoffs.map((handoff) => world.outcome(handoff, { state: 'delivered' })));
    await recorded;
    for (const handoff of handoffs) {
      expect(await stateOf(handoff)).toMatchObject({ state: 'delivered', attemptCount: 1 });
    }
  });

  it('write releases, attempts and health together', async () => {
    const { world } = suite;
    const [one, two] = [await world.createEndpoint(), await world.createEndpoint()];
    await world.accept([one.id, two.id]);
    const [done, released] = (await world.claim()).handoffs;
    if (!done || !released) throw new Error('two deliveries were due');
    await world.storage.record(() =>
      recordBatch({
        records: [world.outcome(done, { state: 'exhausted' })],
        health: [{ endpointId: one.id, endpointUpdatedAt: one.updatedAt, addFailed: 1 }],
        releases: [{ ...released, dueAt: NOW + 9 }],
      }),
    );
    expect(await stateOf(done)).toMatchObject({ state: 'exhausted' });
    expect(await stateOf(released)).toMatchObject({ claimed: false, dueAt: NOW + 9 });
    expect(await world.storage.endpoints.get(world.application.id, one.id)).toMatchObject({
      health: { failedCount: 1 },
    });
  });

  it('fail alone when the caller cannot make its batch', async () => {
    const { world } = suite;
    const endpoint = await world.createEndpoint();
    const failing = world.storage.record(() => {
      throw new Error('no batch');
    });
    const accepted = world.accept([endpoint.id]);
    await expect(failing).rejects.toThrow('no batch');
    expect((await world.claimOne()).messageId).toBe(await accepted);
  });

  it('that can never be written are rejected alone, as not retryable', async () => {
    const { world } = suite;
    const endpoint = await world.createEndpoint();
    await world.acceptMany(2, [endpoint.id]);
    const [good, bad] = (await world.claim()).handoffs;
    if (!good || !bad) throw new Error('two deliveries were due');
    const poisoned = world.outcome(bad, { state: 'exhausted' });
    const record = (...records: AttemptRecord[]) =>
      world.storage.record(() => recordBatch({ records }));
    const unwritable = {
      ...poisoned,
      attempt: { ...poisoned.attempt, statusCode: 'none' as unknown as number },
    };

    // All these calls are one commit, so each has a neighbour that fails.
    const results = await Promise.allSettled([
      world.accept([endpoint.id]),
      record(unwritable),
      record(world.outcome(good, { state: 'delivered' })),
      record(world.outcome(good, { state: 'delivered' }), unwritable),
      world.accept([endpoint.id]),
    ]);
    const rejected = {
      status: 'rejected',
      reason: expect.objectContaining({ code: 'storage_rejected', retryable: false }),
    };
    const fulfilled = expect.objectContaining({ status: 'fulfilled' });
    expect(results).toEqual([fulfilled, rejected, fulfilled, rejected, fulfilled]);

    expect(await stateOf(good)).toMatchObject({ state: 'delivered', attemptCount: 1 });
    expect(await stateOf(bad)).toMatchObject({ state: 'pending', claimed: true, attemptCount: 0 });
    expect((await world.claim()).handoffs.map(({ messageId }) => messageId)).toEqual(
      [results[0], results[4]].map((result) => result.status === 'fulfilled' && result.value),
    );
    await record(poisoned);
    expect(await stateOf(bad)).toMatchObject({ state: 'exhausted', attemptCount: 1 });
  });

  describe('late results', () => {
    it.each(['exhausted', 'pending'] as const)(
      'keep the attempt but not the state %s',
      async (state) => {
        const { world } = suite;
        const endpoint = await world.createEndpoint();
        await world.accept([endpoint.id]);
        const late = await world.claimOne({ until: NOW + 10 });
        const newer = await world.claimOne({ now: NOW + 10 });
        const next =
          state === 'pending'
            ? { state, dueAt: NOW + 99_999, scheduleStep: 4 }
            : ({ state } as const);
        const attempt = await world.record(late, next);

        expect(await world.storage.attempts.get(late.messageId, attempt.id)).toEqual(attempt);
        expect(await stateOf(newer)).toMatchObject({
          state: 'pending',
          attemptCount: 1,
          scheduleStep: 0,
          dueAt: newer.claim.until,
          claimed: true,
        });

        await world.record(newer, { state: 'delivered' });
        await world.record(late, next);
        expect(await stateOf(newer)).toMatchObject({ state: 'delivered', attemptCount: 3 });
      },
    );

    it('of success end any pending delivery', async () => {
      const { world } = suite;
      const endpoint = await world.createEndpoint();
      await world.accept([endpoint.id]);
      const late = await world.claimOne({ until: NOW + 10 });
      const newer = await world.claimOne({ now: NOW + 10 });
      await world.record(late, { state: 'delivered' });
      expect(await stateOf(late)).toMatchObject({ state: 'delivered' });
      await world.record(newer, { state: 'exhausted' });
      expect(await stateOf(late)).toMatchObject({ state: 'delivered', attemptCount: 2 });
      expect(await world.claim({ now: NOW + 1e9 })).toEqual({ handoffs: [], nextDueAt: null });
    });

    it.each([false, true])(
      'of success count for deliveries that were cancelled meanwhile (ordered: %s)',
      async (ordered) => {
        const { world } = suite;
        const { storage, application } = world;
        const endpoint = await world.createEndpoint({ ordered });
        const firsts = ordered
          ? []
          : [await world.accept([endpoint.id], { claimedUntil: NOW + 60_000 })];
        const messageId = await world.accept([endpoint.id]);
        const claimed = await world.claimOne();
        const under = [
          claimed,
          ...firsts.map((id) => ({
            ...claimed,
            messageId: id,
            claim: { owner: storage.owner, until: NOW + 60_000 },
          })),
        ];
        for (const id of [messageId, ...firsts]) await storage.cancelMessage(application.id, id);
        for (const handoff of under) {
          expect(await stateOf(handoff)).toMatchObject({ state: 'cancelled' });
          await world.record(handoff, { state: 'delivered' });
          expect(await stateOf(handoff)).toMatchObject({ state: 'delivered', attemptCount: 1 });
        }
        expect(await world.claim({ now: NOW + 1e9 })).toEqual({ handoffs: [], nextDueAt: null });
      },
    );

    it('of success do not revive an exhausted delivery', async () => {
      const { world } = suite;
      const endpoint = await world.createEndpoint();
      await world.accept([endpoint.id]);
      const late = await world.claimOne({ until: NOW + 10 });
      await world.record(await world.claimOne({ now: NOW + 10 }), { state: 'exhausted' });
      await world.record(late, { state: 'delivered' });
      expect(await stateOf(late)).toMatchObject({ state: 'exhausted', attemptCount: 2 });
    });
  });

  describe('health', () => {
    const WELL = { failingSince: null, lastFailedAt: null };
    const failed = (failingSince: number, lastFailedAt: number) => ({
      failingSince,
      lastFailedAt,
      addFailed: 1,
    });
    type Given = Omit<HealthChange, 'endpointId' | 'endpointUpdatedAt'>;
    const change = async (endpoint: Endpoint, ...changes: Given[]) => {
      const { id: endpointId, updatedAt: endpointUpdatedAt } = endpoint;
      const health = changes.map((given) => ({ endpointId, endpointUpdatedAt, ...given }));
      await suite.world.storage.record(() => recordBatch({ health }));
      const changed = await suite.world.storage.endpoints.get(
        suite.world.application.id,
        endpoint.id,
      );
      return { ...changed?.health, disabled: changed?.disabled };
    };

    it('changes in order, and only in the named members', async () => {
      const endpoint = await suite.world.createEndpoint();
      expect(await change(endpoint, failed(NOW, NOW))).toEqual({
        failingSince: NOW,
        lastFailedAt: NOW,
        failedCount: 1,
        disabled: null,
      });
      expect(await change(endpoint, { addFailed: 2 }, { addFailed: 3 })).toMatchObject({
        failingSince: NOW,
        lastFailedAt: NOW,
        failedCount: 6,
      });
      expect(await change(endpoint, { lastFailedAt: NOW + 7, addFailed: 1 })).toMatchObject({
        failingSince: NOW,
        lastFailedAt: NOW + 7,
        failedCount: 7,
      });
      expect(await change(endpoint, failed(5, 5), WELL)).toMatchObject({ ...WELL, failedCount: 8 });
    });

    it('disables an endpoint that is not disabled already', async () => {
      const { world } = suite;
      const endpoint = await world.createEndpoint();
      await world.acceptMany(2, [endpoint.id]);
      const handoff = await world.claimOne({ limit: 1 });
      const disabled = { at: NOW, reason: 'gone' as const };
      await world.storage.record(() =>
        recordBatch({
          records: [world.outcome(handoff, { state: 'pending', dueAt: NOW, scheduleStep: 1 })],
          health: [
            {
              endpointId: endpoint.id,
              endpointUpdatedAt: endpoint.updatedAt,
              addFailed: 1,
              disabled,
            },
          ],
        }),
      );
      expect((await world.claim()).handoffs).toEqual([]);
      // A search for work that began before may have left a hint.
      await waitFor(async () => (await world.claim()).nextDueAt === null);
      const later = { at: NOW + 1, reason: 'failing' as const };
      expect(await change(endpoint, { disabled: later })).toMatchObject({ disabled });
    });

    it('does not change when a person has edited the endpoint since', async () => {
      const { world } = suite;
      const endpoint = await world.createEndpoint();
      const disabled = { at: NOW, reason: 'failing' as const };
      await change(endpoint, { addFailed: 4, disabled });
      const enabled = { ...endpoint, updatedAt: endpoint.updatedAt + 1 };
      await world.storage.endpoints.update(enabled, { ...endpoint, disabled });
      const forgotten = { ...WELL, failedCount: 0, disabled: null };
      expect(await change(endpoint, { ...failed(NOW, NOW), disabled })).toEqual(forgotten);
      // Also within one commit, in either order.
      const [before, after] = [endpoint, enabled].map(({ id, updatedAt }) => ({
        endpointId: id,
        endpointUpdatedAt: updatedAt,
        ...failed(updatedAt, NOW),
      })) as [HealthChange, HealthChange];
      const learned = [{ ...before, disabled }, after, { ...before, disabled }];
      await Promise.all(
        learned.map((health) => world.storage.record(() => recordBatch({ health: [health] }))),
      );
      expect(await change(enabled)).toEqual({
        failingSince: enabled.updatedAt,
        lastFailedAt: NOW,
        failedCount: 1,
        disabled: null,
      });
    });

    it('the answer names the endpoints that were disabled', async () => {
      const { world } = suite;
      const { storage } = world;
      const one = await world.createEndpoint();
      const edited = await world.createEndpoint();
      const other = await world.createEndpoint();
      await storage.endpoints.update({ ...edited, updatedAt: edited.updatedAt + 1 }, edited);
      const disabling = ({ id, updatedAt }: Endpoint, at = NOW) => ({
        endpointId: id,
        endpointUpdatedAt: updatedAt,
        disabled: { at, reason: 'gone' as const },
      });
      const { disabled: _, ...onlyFailing } = { ...disabling(other), addFailed: 1 };
      const record = (...health: HealthChange[]) => storage.record(() => recordBatch({ health }));
      expect(await record(disabling(one), disabling(edited), onlyFailing)).toEqual({
        disabled: [one.id],
      });
      expect(await record(disabling(one, NOW + 1), onlyFailing)).toEqual({ disabled: [] });
      // Each call of a commit gets its own answer.
      expect(await Promise.all([record(onlyFailing), record(disabling(other))])).toEqual([
        { disabled: [] },
        { disabled: [other.id] },
      ]);
    });

    it('stays as it was when enabling fails', async () => {
      const { world } = suite;
      await world.createEndpoint({ uid: 'taken' });
      const endpoint = await world.createEndpoint();
      const disabled = { at: NOW, reason: 'failing' as const };
      await change(endpoint, { addFailed: 9, disabled });
      await expect(
        world.storage.endpoints.update({ ...endpoint, uid: 'taken' }, { ...endpoint, disabled }),
      ).rejects.toMatchObject({ code: 'conflict' });
      expect(await world.storage.endpoints.get(world.application.id, endpoint.id)).toMatchObject({
        health: { failedCount: 9 },
        disabled,
      });
    });

    it('restarts the time of failing when the URL changes, and keeps the count', async () => {
      const { world } = suite;
      const endpoint = await world.createEndpoint();
      await change(endpoint, failed(NOW, NOW + 1), { addFailed: 8 });
      await world.storage.endpoints.update(
        { ...endpoint, url: 'https://other.example.com/' },
        endpoint,
      );
      expect(await world.storage.endpoints.get(world.application.id, endpoint.id)).toMatchObject({
        health: { ...WELL, failedCount: 9 },
      });
    });

    it('is reset when the endpoint is enabled, and unchanged by other updates', async () => {
      const { world } = suite;
      const endpoint = await world.createEndpoint();
      const disabled = { at: NOW, reason: 'failing' as const };
      await change(endpoint, failed(NOW, NOW + 1));
      const health = { failingSince: NOW, lastFailedAt: NOW + 1, failedCount: 1 };
      await world.storage.endpoints.update({ ...endpoint, description: 'changed' }, endpoint);
      expect(await world.storage.endpoints.get(world.application.id, endpoint.id)).toMatchObject({
        health,
        description: 'changed',
      });
      await change(endpoint, { disabled });
      // The edit was made of an enabled endpoint, and does not enable it.
      await world.storage.endpoints.update({ ...endpoint, description: 'once more' }, endpoint);
      expect(await world.storage.endpoints.get(world.application.id, endpoint.id)).toMatchObject({
        health,
        disabled,
        description: 'once more',
      });
      await world.storage.endpoints.update(endpoint, { ...endpoint, disabled });
      expect(await world.storage.endpoints.get(world.application.id, endpoint.id)).toMatchObject({
        health: { ...WELL, failedCount: 0 },
        disabled: null,
      });
    });
  });
}
