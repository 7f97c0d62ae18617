import { beforeEach, describe, expect, it } from 'vitest';
import type { Endpoint } from '../../src/domain/endpoint.ts';
import { firstId } from '../../src/domain/ids.ts';
import { isExpunged } from '../../src/domain/message.ts';
import { type Change, LOOK_AGAIN_MS, type RetentionRequest } from '../../src/storage/storage.ts';
import { recordBatch } from '../support/record-batch.ts';
import { type NewMessageOptions, NOW, ORGANIZATION } from '../support/storage-world.ts';
import type { Suite } from './storage-suite.ts';

const DAY_MS = 86_400_000;
const OLD = NOW - 99.5 * DAY_MS;

export function describeRetention(suite: Suite): void {
  let endpoint: Endpoint;
  let count: number;
  beforeEach(async () => {
    // Started then, so that the partitions of that day exist.
    await suite.restart({ now: () => OLD });
    endpoint = await suite.world.createEndpoint();
    count = 0;
  });

  /** Published at an instant, owed to the endpoints. */
  function accept(
    endpointIds: readonly string[] = [],
    { createdAt = OLD, ...given }: NewMessageOptions = {},
  ): Promise<string> {
    const id = `${firstId('msg', createdAt).slice(0, -3)}${String(++count).padStart(3, '0')}`;
    return suite.world.accept(endpointIds, { id, createdAt, ...given });
  }

  /** Accepts a message and records its delivery. */
  async function deliver(given: NewMessageOptions = {}): Promise<string> {
    const id = await accept([endpoint.id], given);
    const { handoffs } = await suite.world.claim();
    for (const handoff of handoffs) await suite.world.record(handoff, { state: 'delivered' });
    return id;
  }

  async function goOn(): Promise<void> {
    await suite.restart({ now: () => NOW });
    // A backend may keep the newest rows.
    await accept([], { createdAt: NOW });
  }

  async function remove(given: Partial<RetentionRequest>): Promise<number> {
    let removed = 0;
    for (let calls = 0; calls < 50; calls++) {
      const answer = await suite.world.storage.removeExpired({
        now: NOW,
        payloadsBefore: null,
        attemptsBefore: null,
        messagesBefore: null,
        groups: [],
        name: '',
        limit: 100,
        ...given,
      });
      removed += answer?.count ?? 0;
      if (answer?.done === true) return removed;
    }
    throw new Error('there is no end of it');
  }

  const applicationOf = () => suite.world.application.id;
  const messageOf = (id: string) => suite.world.storage.messages.get(applicationOf(), id);
  async function contentOf(id: string): Promise<string> {
    const message = await messageOf(id);
    return message === null ? 'gone' : isExpunged(message) ? 'expired' : message.payload;
  }
  async function attemptsOf(id: string): Promise<number> {
    const page = { limit: 10, order: 'ascending' } as const;
    return (await suite.world.storage.attempts.byMessage(id, page)).data.length;
  }
  const attemptsOfEndpoint = async () =>
    (
      await suite.world.storage.attempts.byEndpoint(endpoint.id, { limit: 10, order: 'ascending' })
    ).data.map(({ messageId }) => messageId);

  it('expunge removes payloads and cancels pending deliveries', async () => {
    const { world } = suite;
    const headers = '{"x-a":"secret"}';
    const id = await accept([endpoint.id], { contentType: 'text/xml', payload: '<a/>', headers });
    const kept = await accept([], { payload: '{}' });
    const claimed = await world.claimOne();
    const firsts = await accept([endpoint.id], { claimedUntil: NOW });
    expect(await world.storage.expunge(applicationOf(), [id, 'msg_none', firsts])).toEqual([
      id,
      firsts,
    ]);
    expect(await Promise.all([contentOf(id), contentOf(firsts), contentOf(kept)])).toEqual([
      'expired',
      'expired',
      '{}',
    ]);
    expect(await world.storage.messages.get(applicationOf(), id)).toMatchObject({ headers: null });
    for (const messageId of [id, firsts]) {
      expect(await world.delivery(messageId, endpoint.id)).toMatchObject({ state: 'cancelled' });
    }
    // The attempt was in flight.
    await world.record(claimed, { state: 'pending', dueAt: NOW, scheduleStep: 1 });
    expect(await world.delivery(id, endpoint.id)).toMatchObject({ state: 'cancelled' });
    expect(await world.storage.expunge(applicationOf(), [id])).toEqual([id]);
    expect(await world.storage.expunge('app_other', [kept])).toEqual([]);
    expect(await contentOf(kept)).toBe('{}');
  });

  it('expunge also removes the headers of the message from its attempts', async () => {
    const { world } = suite;
    const headers = '{"x-a":"secret"}';
    for (const given of [{ headers }, {}]) {
      const id = await accept([endpoint.id], given);
      const attempt = await world.record(await world.claimOne(), { state: 'delivered' });
      const exchange = async () => (await world.storage.attempts.get(id, attempt.id))?.exchange;
      const before = await exchange();
      expect(before).toBe(attempt.exchange);
      expect(await world.storage.expunge(applicationOf(), [id])).toEqual([id]);
      expect(await exchange()).toBe('headers' in given ? null : before);
    }
  });

  it('cancelMessage cancels pending deliveries, claimed or not', async () => {
    const { world } = suite;
    const other = await world.createEndpoint();
    const id = await accept([endpoint.id, other.id], { dueAt: NOW + 1 });
    const stays = await accept([endpoint.id], { dueAt: NOW + 1 });
    expect(await world.storage.cancelMessage('app_other', id)).toBe(0);
    expect(await world.storage.cancelMessage(applicationOf(), id)).toBe(2);
    expect(await world.storage.cancelMessage(applicationOf(), id)).toBe(0);
    const claimed = await world.claimOne({ now: NOW + 1 });
    expect(claimed.messageId).toBe(stays);
    const firsts = await accept([endpoint.id, other.id], { claimedUntil: NOW + 60_000 });
    expect(await world.storage.cancelMessage(applicationOf(), stays)).toBe(1);
    expect(await world.storage.cancelMessage(applicationOf(), firsts)).toBe(2);
    for (const [messageId, endpointId] of [
      [id, other.id],
      [stays, endpoint.id],
      [firsts, endpoint.id],
      [firsts, other.id],
    ] as const) {
      expect(await world.delivery(messageId, endpointId)).toMatchObject({ state: 'cancelled' });
    }
    // The attempt was in flight; no other follows.
    await world.record(claimed, { state: 'pending', dueAt: NOW, scheduleStep: 1 });
    await world.storage.record(() => recordBatch({ releases: [{ ...claimed, dueAt: NOW }] }));
    expect((await world.claim({ now: NOW + 99_999 })).handoffs).toEqual([]);
    expect(await world.delivery(stays, endpoint.id)).toMatchObject({ state: 'cancelled' });
  });

  it('tells its own process of cancelled deliveries before the call is answered', async () => {
    const { world } = suite;
    const { storage } = world;
    const [cancelled, expunged, skipped] = await world.acceptMany(3, [endpoint.id]);
    if (!cancelled || !expunged || !skipped) throw new Error('three were accepted');
    await world.claim();
    const told: Change[] = [];
    storage.changes.subscribe((change) => {
      if (change.kind === 'cancelled') told.push(change);
    });
    const applicationId = applicationOf();
    const of = (messageId: string, endpointId: string | null) => ({
      kind: 'cancelled',
      applicationId,
      endpointId,
      messageIds: [messageId],
    });
    await storage.cancelMessage(applicationId, cancelled);
    expect(told[0]).toEqual(of(cancelled, null));
    told.length = 0;
    await storage.expunge(applicationId, [expunged, 'msg_unknown']);
    expect(told).toContainEqual(of(expunged, null));
    told.length = 0;
    await storage.changeDeliveries({
      applicationId,
      endpointId: endpoint.id,
      messageIds: [skipped],
      effect: 'cancel',
      standings: ['sending'],
      now: NOW,
      move: null,
    });
    expect(told).toContainEqual(of(skipped, endpoint.id));
  });

  it('removes old messages with all their rows, and keeps young ones', async () => {
    const old = await deliver({ uid: 'order-1' });
    await goOn();
    const young = await deliver({ createdAt: NOW });
    expect(await remove({ messagesBefore: NOW - 99 * DAY_MS })).toBeGreaterThan(0);
    expect(await messageOf(old)).toBeNull();
    expect(await attemptsOf(old)).toBe(0);
    expect(await suite.world.delivery(old, endpoint.id)).toBeNull();
    expect(await attemptsOfEndpoint()).toEqual([young]);
    expect(await contentOf(young)).not.toBe('expired');
    // The uid of a removed message is free again.
    const next = suite.world.newMessage([], { uid: 'order-1' });
    expect(await suite.world.storage.acceptMessages([next])).toEqual([{ accepted: true }]);
  });

  it('removes no message with a pending delivery', async () => {
    const owed = await accept([endpoint.id], { dueAt: NOW + DAY_MS });
    await goOn();
    const all = { payloadsBefore: NOW - 1, attemptsBefore: NOW - 1, messagesBefore: NOW - 1 };
    await remove(all);
    expect(await contentOf(owed)).not.toMatch(/gone|expired/);
    const [handoff] = (await suite.world.claim({ now: NOW + DAY_MS })).handoffs;
    if (handoff === undefined) throw new Error('nothing is owed');
    await suite.world.record(handoff, { state: 'delivered' });
    await remove({ ...all, now: NOW + LOOK_AGAIN_MS });
    expect(await messageOf(owed)).toBeNull();
  });

  it('cancels deliveries to a disabled endpoint when their payload is removed', async () => {
    const { world } = suite;
    const id = await accept([endpoint.id], { expiresAt: NOW - 1 });
    const disabled = { ...endpoint, disabled: { at: NOW, reason: 'manual' as const } };
    await world.storage.endpoints.update(disabled, endpoint);
    await goOn();
    await remove({});
    expect(await contentOf(id)).toBe('expired');
    expect(await suite.world.delivery(id, endpoint.id)).toMatchObject({ state: 'cancelled' });
  });

  it("removes payloads after the setting's time, or after the message's own", async () => {
    const usual = await deliver();
    const longer = await deliver({ expiresAt: NOW + 1 });
    const shorter = await deliver({ expiresAt: NOW });
    await goOn();
    const young = await deliver({ createdAt: NOW });
    await remove({ payloadsBefore: NOW - 50 * DAY_MS });
    expect(await Promise.all([usual, longer, shorter, young].map(contentOf))).toEqual([
      'expired',
      '{"type":"call.new"}',
      'expired',
      '{"type":"call.new"}',
    ]);
    expect(await attemptsOf(usual)).toBe(1);
    expect(await suite.world.delivery(usual, endpoint.id)).toMatchObject({ state: 'delivered' });
    await remove({ now: NOW + 1, payloadsBefore: NOW - 50 * DAY_MS });
    expect(await contentOf(longer)).toBe('expired');
  });

  it('later removes a payload that it kept for a pending delivery', async () => {
    const id = await accept([endpoint.id]);
    await goOn();
    await remove({ payloadsBefore: NOW - 1 });
    expect(await contentOf(id)).toBe('{"type":"call.new"}');
    await suite.world.record(await suite.world.claimOne(), { state: 'delivered' });
    await remove({ payloadsBefore: NOW - 1 });
    expect(await contentOf(id)).toBe('{"type":"call.new"}');
    await remove({ now: NOW + LOOK_AGAIN_MS, payloadsBefore: NOW - 1 });
    expect(await contentOf(id)).toBe('expired');
  });

  it('removes attempts and keeps their messages', async () => {
    const { world } = suite;
    const id = await deliver();
    const other = await world.createEndpoint();
    const waiting = await accept([other.id]);
    const disabled = { ...other, disabled: { at: NOW, reason: 'manual' as const } };
    await world.storage.endpoints.update(disabled, other);
    await goOn();
    await remove({ attemptsBefore: NOW - DAY_MS });
    expect(await suite.world.delivery(waiting, other.id)).toMatchObject({ state: 'pending' });
    expect(await attemptsOf(id)).toBe(0);
    expect(await attemptsOfEndpoint()).toEqual([]);
    expect(await suite.world.delivery(id, endpoint.id)).toBeNull();
    expect(await contentOf(id)).toBe('{"type":"call.new"}');
  });

  it('works in small parts, and removes nothing without a retention time', async () => {
    const ids: string[] = [];
    for (let left = 7; left > 0; left--) ids.push(await deliver());
    await goOn();
    await remove({});
    expect((await Promise.all(ids.map(contentOf))).every((text) => text.startsWith('{'))).toBe(
      true,
    );
    await remove({ payloadsBefore: NOW - DAY_MS, limit: 2 });
    expect(new Set(await Promise.all(ids.map(contentOf)))).toEqual(new Set(['expired']));
    await remove({ messagesBefore: NOW - DAY_MS, limit: 2 });
    expect(new Set(await Promise.all(ids.map(contentOf)))).toEqual(new Set(['gone']));
  });

  describe('by the retention times of an organization', () => {
    /** Makes delivered messages of two organizations, in turns. */
    async function ofTwo(): Promise<{ own: string[]; others: string[]; read: Reader }> {
      const application = await suite.world.createApplication({ organizationId: 'org_2' });
      const its = await suite.world.createEndpoint({
        organizationId: 'org_2',
        applicationId: application.id,
      });
      const [own, others]: [string[], string[]] = [[], []];
      for (let left = 3; left > 0; left--) {
        others.push(await deliver());
        const id = await accept([its.id], { applicationId: application.id });
        await suite.world.record(await suite.world.claimOne(), { state: 'delivered' });
        own.push(id);
      }
      await goOn();
      const read = async (ids: readonly string[]) => {
        const found = await Promise.all(
          ids.map(async (id) => {
            const applicationId = ids === own ? application.id : applicationOf();
            const message = await suite.world.storage.messages.get(applicationId, id);
            const content = message === null ? 'gone' : isExpunged(message) ? 'expired' : 'there';
            return `${content} ${await attemptsOf(id)}`;
          }),
        );
        return found.every((text) => text === found[0]) ? found[0] : found;
      };
      return { own, others, read };
    }
    type Reader = (ids: readonly string[]) => Promise<unknown>;
    const group = (given: Partial<RetentionRequest>) => ({
      name: 'own',
      organizationIds: ['org_2'],
      payloadsBefore: null,
      attemptsBefore: null,
      messagesBefore: null,
      ...given,
    });
    const recently = NOW - DAY_MS;

    it('removes its payloads, then its attempts, then its messages, and nothing of other organizations', async () => {
      const { own, others, read } = await ofTwo();
      const groups = (given: Partial<RetentionRequest>) => ({ groups: [group(given)], limit: 2 });
      await remove(groups({ payloadsBefore: recently }));
      expect([await read(own), await read(others)]).toEqual(['expired 1', 'there 1']);
      await remove(groups({ payloadsBefore: recently, attemptsBefore: recently }));
      expect([await read(own), await read(others)]).toEqual(['expired 0', 'there 1']);
      await remove(groups({ messagesBefore: recently }));
      expect([await read(own), await read(others)]).toEqual(['gone 0', 'there 1']);
    });

    it('keeps its rows for longer, until the organization resets its times', async () => {
      const { own, others, read } = await ofTwo();
      const before = { payloadsBefore: recently, attemptsBefore: recently, limit: 2 };
      await remove({ ...before, groups: [group({})], name: 'others' });
      expect([await read(own), await read(others)]).toEqual(['there 1', 'expired 0']);
      await remove({ messagesBefore: recently, limit: 2, groups: [group({})], name: 'others' });
      expect([await read(own), await read(others)]).toEqual(['there 1', 'gone 0']);
      await remove({ ...before, name: '' });
      expect(await read(own)).toEqual('expired 0');
    });

    it('skips messages with pending deliveries, and removes them once these have ended', async () => {
      const owed = await accept([endpoint.id]);
      await goOn();
      const groups = [{ ...group({ messagesBefore: recently }), organizationIds: [ORGANIZATION] }];
      await remove({ groups });
      expect(await messageOf(owed)).not.toBeNull();
      await suite.world.record(await suite.world.claimOne(), { state: 'delivered' });
      await remove({ groups, now: NOW + LOOK_AGAIN_MS + DAY_MS });
      await remove({ groups, now: NOW + LOOK_AGAIN_MS + DAY_MS });
      expect(await messageOf(owed)).toBeNull();
    });
  });
}
