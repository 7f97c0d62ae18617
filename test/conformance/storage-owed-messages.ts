import { expect, it } from 'vitest';
import { createIds } from '../../src/domain/ids.ts';
import type { DeliveryNext } from '../../src/domain/delivery.ts';
import { isExpunged } from '../../src/domain/message.ts';
import type { MessageFilter, Standing } from '../../src/storage/storage.ts';
import { NOW } from '../support/storage-world.ts';
import type { Suite } from './storage-suite.ts';

const page = { limit: 10, order: 'ascending' } as const;

/** Messages that are or were owed to one endpoint, and messages whose payload was deleted. */
export function describeOwedMessages(suite: Suite): void {
  async function standings() {
    const { world } = suite;
    const [endpoint, other] = [await world.createEndpoint(), await world.createEndpoint()];
    const attempted = async (next: DeliveryNext) => {
      const id = await world.accept([endpoint.id]);
      await world.record(await world.claimOne(), next);
      return id;
    };
    await world.accept([other.id], { claimedUntil: NOW + 60_000 });
    const delivered = await attempted({ state: 'delivered' });
    const exhausted = await attempted({ state: 'exhausted' });
    const retried = await attempted({ state: 'pending', dueAt: NOW + 500, scheduleStep: 1 });
    const cancelled = await world.accept([endpoint.id]);
    await world.storage.expunge(world.application.id, [cancelled]);
    const claimed = await world.accept([endpoint.id, other.id], { claimedUntil: NOW + 60_000 });
    const proven = await world.accept([other.id, endpoint.id], { claimedUntil: NOW + 60_000 });
    await world.storage.record(() => ({
      records: [
        {
          attempt: world.attempt({ messageId: proven, endpointId: endpoint.id }),
          claim: { owner: world.storage.owner, until: NOW + 60_000 },
          next: { state: 'delivered' },
        },
      ],
      health: [],
      releases: [],
    }));
    const waiting = await world.accept([endpoint.id], { dueAt: NOW + 900, channels: ['eu'] });
    return {
      endpoint,
      ids: { delivered, exhausted, retried, cancelled, claimed, proven, waiting },
      list: (filter: MessageFilter & { standing?: Standing; limit?: number } = {}) =>
        world.storage.messages.ofEndpoint(world.application.id, endpoint.id, {
          ...page,
          ...filter,
        }),
    };
  }

  it('are listed with the state of the delivery, whether or not it has a row', async () => {
    const { ids, list, endpoint } = await standings();
    const { data, done } = await list();
    expect(done).toBe(true);
    const stand = (state: string, attemptCount: number, dueAt: number | null, claimed = false) =>
      expect.objectContaining({ endpointId: endpoint.id, state, attemptCount, dueAt, claimed });
    expect(data.map(({ message, delivery }) => [message.id, delivery])).toEqual([
      [ids.delivered, stand('delivered', 1, null)],
      [ids.exhausted, stand('exhausted', 1, null)],
      [ids.retried, stand('pending', 1, NOW + 500)],
      [ids.cancelled, stand('cancelled', 0, null)],
      [ids.claimed, stand('pending', 0, NOW + 60_000, true)],
      [ids.proven, stand('delivered', 1, null)],
      [ids.waiting, stand('pending', 0, NOW + 900)],
    ]);
  });

  it('are found by standing, page by page', async () => {
    const { ids, list } = await standings();
    const found = async (filter: Parameters<typeof list>[0]) =>
      (await list(filter)).data.map(({ message }) => message.id);
    expect(await found({ standing: 'delivered' })).toEqual([ids.delivered, ids.proven]);
    expect(await found({ standing: 'exhausted' })).toEqual([ids.exhausted]);
    expect(await found({ standing: 'cancelled' })).toEqual([ids.cancelled]);
    expect(await found({ standing: 'sending' })).toEqual([ids.retried, ids.claimed]);
    expect(await found({ standing: 'waiting' })).toEqual([ids.waiting]);
    expect(await found({ channel: 'eu' })).toEqual([ids.waiting]);
    expect(await found({ standing: 'exhausted', channel: 'eu' })).toEqual([]);
    expect(await found({ eventTypes: ['other'] })).toEqual([]);

    const first = await list({ limit: 3 });
    expect(first.done).toBe(false);
    const { world } = suite;
    const { data } = await world.storage.messages.ofEndpoint(
      world.application.id,
      first.data[0]?.delivery.endpointId ?? '',
      { limit: 2, order: 'descending', before: ids.retried },
    );
    expect(data.map(({ message }) => message.id)).toEqual(
      [ids.claimed, ids.cancelled].toSorted().toReversed(),
    );
  });

  it('keep nothing of a deleted payload and are never due again', async () => {
    const { world } = suite;
    const { storage, application } = world;
    const endpoint = await world.createEndpoint();
    const raw = { payload: 'secret', contentType: 'text/plain' };
    const ids = [
      await world.accept([endpoint.id], raw),
      await world.accept([endpoint.id], { claimedUntil: NOW + 60_000 }),
      await world.accept([endpoint.id]),
    ];
    for (const id of ids) expect(await storage.expunge(application.id, [id])).toEqual([id]);
    expect(await storage.expunge('app_other', ids)).toEqual([]);
    expect(await storage.expunge(application.id, ['msg_none'])).toEqual([]);
    for (const messageId of ids) {
      const message = await storage.messages.get(application.id, messageId);
      expect(message !== null && isExpunged(message)).toBe(true);
      expect(await world.delivery(messageId, endpoint.id)).toMatchObject({ state: 'cancelled' });
      const again = { messageId, endpointId: endpoint.id, applicationId: application.id };
      await storage.scheduleDelivery({ ...again, dueAt: NOW, trigger: 'manual' });
      expect(await world.delivery(messageId, endpoint.id)).toMatchObject({ state: 'cancelled' });
    }
    expect((await world.claim({ now: NOW + 120_000 })).handoffs).toEqual([]);
    await suite.restart();
    expect((await world.claim({ now: NOW + 120_000 })).handoffs).toEqual([]);
  });

  it('an attempt in flight when the payload is deleted is the last', async () => {
    const { world } = suite;
    const endpoint = await world.createEndpoint();
    const id = await world.accept([endpoint.id]);
    const handoff = await world.claimOne();
    await world.storage.expunge(world.application.id, [id]);
    await world.record(handoff, { state: 'pending', dueAt: NOW, scheduleStep: 1 });
    expect(await world.delivery(id, endpoint.id)).toMatchObject({ state: 'cancelled' });
    expect((await world.claim({ now: NOW + 120_000 })).handoffs).toEqual([]);
  });

  it('several messages can be read in one call', async () => {
    const { world } = suite;
    const ids = [await world.accept(), await world.accept(), await world.accept()];
    const { messages } = world.storage;
    const wanted = [ids[2] ?? '', ids[0] ?? '', 'msg_none'];
    const found = await messages.some(world.application.id, wanted);
    expect(found.map(({ id }) => id).toSorted()).toEqual([ids[0], ids[2]]);
    expect(await messages.some('app_other', ids)).toEqual([]);
    expect(await messages.some(world.application.id, [])).toEqual([]);
  });

  it('the response of an attempt can be deleted', async () => {
    const { world } = suite;
    const endpoint = await world.createEndpoint();
    const id = await world.accept([endpoint.id]);
    const attempt = await world.record(await world.claimOne(), { state: 'delivered' });
    const { attempts } = world.storage;
    expect(await attempts.expungeResponse(id, 'atmpt_none')).toBe(false);
    expect(await attempts.expungeResponse(id, attempt.id)).toBe(true);
    expect(await attempts.get(id, attempt.id)).toEqual({
      ...attempt,
      exchange: null,
      response: 'EXPUNGED',
    });
  });

  it('attempts are counted by the second in which they ended', async () => {
    const { world } = suite;
    const endpoint = await world.createEndpoint();
    const endsAt = [NOW - 1_000, NOW, NOW + 999, NOW + 1_000];
    for (const [place, at] of endsAt.entries()) {
      await world.accept([endpoint.id]);
      const id = createIds({ now: () => at }).next('atmpt');
      const next =
        place === 1 ? ({ state: 'exhausted' } as const) : ({ state: 'delivered' } as const);
      await world.record(await world.claimOne(), next, { id });
    }
    const { attempts } = world.storage;
    const count = (from: number, to: number) => attempts.count(endpoint.id, { from, to });
    expect(await count(NOW - 1_000, NOW + 1_000)).toEqual({ succeeded: 3, failed: 1 });
    expect(await count(NOW, NOW)).toEqual({ succeeded: 1, failed: 1 });
    expect(await count(NOW + 1_000, NOW + 5_000)).toEqual({ succeeded: 1, failed: 0 });
    // The last weeks only: each week is a statement, and there are three thousand since 1970.
    const recently = { from: NOW - 30 * 86_400_000, to: NOW };
    expect(await attempts.count('ep_none', recently)).toEqual({
      succeeded: 0,
      failed: 0,
    });
  });
}
