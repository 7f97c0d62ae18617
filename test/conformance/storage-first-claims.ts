import { expect, it } from 'vitest';
import type { Handoff } from '../../src/domain/delivery.ts';
import type { Endpoint } from '../../src/domain/endpoint.ts';
import { NOW } from '../support/storage-world.ts';
import type { Suite } from './storage-suite.ts';
import { recordBatch } from '../support/record-batch.ts';

const UNTIL = NOW + 30_000;

/** Deliveries that are accepted already claimed, and attempted before they are read from the storage. */
export function describeFirstClaims(suite: Suite): void {
  const stateOf = ({ messageId, endpointId }: Handoff) =>
    suite.world.delivery(messageId, endpointId);

  async function endpoints(count: number): Promise<Endpoint[]> {
    return Promise.all(Array.from({ length: count }, () => suite.world.createEndpoint()));
  }

  async function acceptClaimed(of: readonly Endpoint[]): Promise<Handoff[]> {
    const { world } = suite;
    const endpointIds = of.map(({ id }) => id);
    const messageId = await world.accept(endpointIds, { claimedUntil: UNTIL });
    return endpointIds.map((endpointId) => ({
      messageId,
      endpointId,
      applicationId: world.application.id,
      payload: '{"type":"call.new"}',
      contentType: null,
      headers: null,
      attemptCount: 0,
      scheduleStep: 0,
      trigger: 'scheduled',
      claim: { owner: world.storage.owner, until: UNTIL },
    }));
  }

  async function acceptOne(): Promise<Handoff> {
    const [handoff] = await acceptClaimed(await endpoints(1));
    if (handoff === undefined) throw new Error('one was accepted');
    return handoff;
  }

  async function fourOutcomes() {
    const { world } = suite;
    const handoffs = await acceptClaimed(await endpoints(4));
    const [delivered, retried, exhausted, open] = handoffs;
    if (!delivered || !retried || !exhausted || !open) throw new Error('four were accepted');
    await world.record(delivered, { state: 'delivered' });
    await world.record(retried, { state: 'pending', dueAt: NOW + 5000, scheduleStep: 1 });
    await world.record(exhausted, { state: 'exhausted' });
    return { delivered, retried, exhausted, open };
  }

  it('have states of their own, and are listed in each state', async () => {
    const { delivered, retried, exhausted, open } = await fourOutcomes();
    const { messageId } = open;
    const list = async (page: object) => {
      const query = { limit: 10, order: 'ascending', ...page } as const;
      const { data, done } = await suite.world.storage.messages.deliveries(
        suite.world.application.id,
        messageId,
        query,
      );
      return { data: data.map(({ delivery }) => delivery), done };
    };
    const common = { messageId, applicationId: open.applicationId };
    const all = [
      { endpointId: delivered.endpointId, state: 'delivered', attemptCount: 1, dueAt: null },
      { endpointId: retried.endpointId, state: 'pending', attemptCount: 1, dueAt: NOW + 5000 },
      { endpointId: exhausted.endpointId, state: 'exhausted', attemptCount: 1, dueAt: null },
      { endpointId: open.endpointId, state: 'pending', attemptCount: 0, dueAt: UNTIL },
    ].map((delivery) => ({
      ...common,
      ...delivery,
      scheduleStep: delivery.endpointId === retried.endpointId ? 1 : 0,
      claimed: delivery.endpointId === open.endpointId,
    }));
    expect(await list({})).toEqual({ data: all, done: true });
    expect(await list({ limit: 3 })).toEqual({ data: all.slice(0, 3), done: false });
    expect(await list({ limit: 2, after: retried.endpointId })).toEqual({
      data: all.slice(2),
      done: true,
    });
    expect(await list({ limit: 2, order: 'descending', before: delivered.endpointId })).toEqual({
      data: [all[2], all[1]],
      done: false,
    });
    expect(await list({ after: open.endpointId })).toEqual({ data: [], done: true });
  });

  it('are due after a crash only if no result was recorded', async () => {
    const { delivered, retried, exhausted, open } = await fourOutcomes();
    await suite.restart({ now: () => NOW + 1 });
    expect(await stateOf(delivered)).toMatchObject({ state: 'delivered', attemptCount: 1 });
    expect(await stateOf(exhausted)).toMatchObject({ state: 'exhausted' });
    const again = await suite.world.claimOne({ now: NOW + 1 });
    expect(again).toMatchObject({ endpointId: open.endpointId, attemptCount: 0 });
    expect((await suite.world.claimOne({ now: NOW + 5000 })).endpointId).toBe(retried.endpointId);

    await suite.world.record(again, { state: 'delivered' });
    await suite.restart({ now: () => NOW + 2 });
    expect(await stateOf(open)).toMatchObject({ state: 'delivered', attemptCount: 1 });
  });

  it('keep a late attempt without its state', async () => {
    const { world } = suite;
    const handoff = await acceptOne();
    const stale = { ...handoff, claim: { ...handoff.claim, until: UNTIL - 1 } };
    await world.record(stale, { state: 'exhausted' });
    expect(await stateOf(handoff)).toMatchObject({ state: 'pending', claimed: true });
    await world.record(handoff, { state: 'delivered' });
    expect(await stateOf(handoff)).toMatchObject({ state: 'delivered', attemptCount: 2 });
    await world.record(stale, { state: 'pending', dueAt: NOW, scheduleStep: 1 });
    expect(await stateOf(handoff)).toMatchObject({ state: 'delivered', attemptCount: 3 });
    expect((await world.claim({ now: UNTIL })).handoffs).toEqual([]);
  });

  it('stay delivered when a late failure follows a success', async () => {
    const { world } = suite;
    const handoff = await acceptOne();
    const attempt = world.outcome(handoff, { state: 'delivered' });
    await world.storage.record(() => recordBatch({ records: [attempt, attempt] }));
    await world.record(handoff, { state: 'pending', dueAt: NOW, scheduleStep: 1 });
    expect(await stateOf(handoff)).toMatchObject({ state: 'delivered', attemptCount: 2 });
    expect((await world.claim({ now: UNTIL })).handoffs).toEqual([]);
  });

  it('can be released', async () => {
    const { world } = suite;
    const released = await acceptOne();
    await world.storage.record(() => recordBatch({ releases: [{ ...released, dueAt: NOW + 10 }] }));
    const retaken = await world.claimOne({ now: NOW + 10, until: UNTIL + 60_000 });
    expect(retaken).toMatchObject({ endpointId: released.endpointId, attemptCount: 0 });
    expect((await world.claim({ now: UNTIL })).handoffs).toEqual([]);
  });

  it('can be resent, before the first result and after it', async () => {
    const { world } = suite;
    const handoff = await acceptOne();
    const again = { ...handoff, dueAt: NOW + 1, trigger: 'manual' } as const;
    await world.storage.scheduleDelivery(again);
    await world.record(handoff, { state: 'exhausted' });
    const second = await world.claimOne({ now: NOW + 1 });
    expect(second).toMatchObject({ attemptCount: 1, trigger: 'manual' });

    const delivered = await acceptOne();
    await world.record(delivered, { state: 'delivered' });
    await world.storage.scheduleDelivery({ ...delivered, dueAt: NOW + 1, trigger: 'manual' });
    expect(await stateOf(delivered)).toMatchObject({ state: 'pending', attemptCount: 1 });
    expect(await world.claimOne({ now: NOW + 1 })).toMatchObject({ attemptCount: 1 });
  });

  it('hold up later messages when their endpoint becomes ordered', async () => {
    const { world } = suite;
    const endpoint = await world.createEndpoint();
    const [first] = await acceptClaimed([endpoint]);
    if (!first) throw new Error('one was accepted');
    await world.storage.endpoints.update({ ...endpoint, ordered: true }, endpoint);
    const second = await world.accept([endpoint.id]);
    expect((await world.claim()).handoffs).toEqual([]);
    await world.record(first, { state: 'delivered' });
    const next = await world.claimOne();
    expect(next.messageId).toBe(second);

    // Accepted by a process that did not know yet that the endpoint is ordered.
    const [late] = await acceptClaimed([endpoint]);
    if (!late) throw new Error('one was accepted');
    await world.accept([endpoint.id]);
    await world.record(next, { state: 'delivered' });
    expect((await world.claim()).handoffs).toEqual([]);
    await world.record(late, { state: 'delivered' });
    expect((await world.claim()).handoffs).toHaveLength(1);
  });

  it('are due again, each when its claim expires', async () => {
    const { world } = suite;
    const endpoint = await world.createEndpoint();
    const accepted: string[] = [];
    for (const until of [NOW + 200, NOW + 100, NOW + 300]) {
      accepted.push(await world.accept([endpoint.id], { claimedUntil: until }));
    }
    for (const [place, at] of [
      [1, 100],
      [0, 200],
      [2, 300],
    ] as const) {
      expect((await world.claim({ now: NOW + at - 1 })).handoffs).toEqual([]);
      expect((await world.claimOne({ now: NOW + at })).messageId).toBe(accepted[place]);
    }
  });

  it('are cancelled with their endpoint', async () => {
    const { world } = suite;
    const [kept, deleted] = await endpoints(2);
    if (!kept || !deleted) throw new Error('two were created');
    const [open, cancelled] = await acceptClaimed([kept, deleted]);
    if (!open || !cancelled) throw new Error('two were accepted');
    await world.storage.endpoints.delete(world.application.id, deleted.id, NOW);
    expect(await world.storage.cancelOrphans(10)).toBe(1);
    expect(await stateOf(cancelled)).toMatchObject({ state: 'cancelled' });
    expect(await stateOf(open)).toMatchObject({ state: 'pending', claimed: true });
  });
}
