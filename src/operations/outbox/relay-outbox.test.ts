import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import type { Handoff } from '../../domain/delivery.ts';
import { PosthasteError } from '../../domain/errors.ts';
import { createIds } from '../../domain/ids.ts';
import { createEndpointCache } from '../../storage/endpoint-cache.ts';
import { createSqliteStorage } from '../../storage/sqlite/sqlite-storage.ts';
import type { Outbox, OutboxOutcome, OutboxRow, Storage } from '../../storage/storage.ts';
import { type Operations, createOperations } from '../operations.ts';

const principal = { organizationId: 'org_1' };
const clock = new ManualClock();
const ids = createIds(clock);

let folder: string;
let storage: Storage;
let operations: Operations;
let held: number;
let handedOver: Handoff[];
let rows: OutboxRow[];
/** The commit rejects a batch that contains one of these payloads. */
let poison: string[];
let isAway: boolean;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'posthaste-outbox-'));
  storage = createSqliteStorage({ path: join(folder, 'test.db'), clock });
  await storage.start();
  held = 0;
  handedOver = [];
  rows = [];
  poison = [];
  isAway = false;
  operations = createOperations({
    storage,
    endpointCache: createEndpointCache(storage),
    clock,
    ids,
    addressGuard: { allows: () => true },
    intake: {
      claimMs: 60_000,
      reserve: () => ++held > 0,
      cancel: () => void held--,
      handOver: (handoffs) => void handedOver.push(...handoffs),
      reachesOwner: () => false,
      send: () => {},
      wake: () => {},
      endpointChanged: () => {},
    },
  });
  await operations.applications.create(principal, { name: 'Acme', uid: 'acme' });
  await operations.endpoints.create(principal, 'acme', { url: 'https://example.com/' });
});
afterEach(async () => {
  await storage.stop();
  await rm(folder, { recursive: true, force: true });
});

/** An outbox in memory; accepted messages go to the storage. */
const outbox: Outbox = {
  subscribe: () => () => {},
  async relay({ limit }, decide) {
    const first = rows.slice(0, limit);
    if (first.length === 0) return [];
    const outcomes: OutboxOutcome[] = [];
    const decisions = await decide(first);
    if (isAway) throw new PosthasteError('storage_unavailable', 'away');
    for (const decision of decisions) {
      if ('refuse' in decision) {
        outcomes.push({ kind: 'refused', refusal: decision.refuse });
      } else if (poison.includes(decision.accept.message.payload)) {
        throw new PosthasteError('storage_rejected', 'poison');
      } else {
        outcomes.push({ kind: 'accepted' });
      }
    }
    rows.splice(0, decisions.length);
    return outcomes;
  },
};

function send(payload: string, more: Partial<OutboxRow> = {}): void {
  rows.push({
    messageId: ids.next('msg'),
    organizationId: 'org_1',
    application: 'acme',
    eventType: 'a.b',
    payload,
    payloadBytes: payload.length,
    contentType: null,
    headers: null,
    traceparent: null,
    eventId: null,
    channels: null,
    sentAt: clock.now(),
    ...more,
  });
}

it('hands over accepted messages', async () => {
  send('1');
  send('2');
  const sent = rows.map(({ messageId }) => messageId);
  expect(await operations.outbox.relay(outbox)).toEqual({ rowCount: 2, refused: [] });
  expect(handedOver.map(({ messageId }) => messageId)).toEqual(sent);
  expect(held).toBe(2);
});

it('gives capacity back when the commit fails, and hands nothing over', async () => {
  send('1');
  isAway = true;
  await expect(operations.outbox.relay(outbox)).rejects.toMatchObject({
    code: 'storage_unavailable',
  });
  expect({ held, handedOver, left: rows.length }).toEqual({ held: 0, handedOver: [], left: 1 });
});

it('finds the row that the storage cannot store, and refuses only that', async () => {
  poison = ['"bad"'];
  for (const payload of ['1', '"bad"', '3']) send(payload);
  const refused: unknown[] = [];
  while (rows.length > 0) {
    const relayed = await operations.outbox.relay(outbox);
    refused.push(
      ...(relayed?.refused.map(({ row, refusal }) => [row.payload, refusal.code]) ?? []),
    );
  }
  expect(refused).toEqual([['"bad"', 'storage_rejected']]);
  expect(handedOver.map(({ payload }) => payload)).toEqual(['1', '3']);
  expect(held).toBe(2);
});

it('takes no more deliveries at a time than a commit should have', async () => {
  for (let n = 0; n < 29; n++) {
    await operations.endpoints.create(principal, 'acme', { url: `https://example.com/${n}` });
  }
  for (let n = 0; n < 500; n++) send(String(n));
  const first = await operations.outbox.relay(outbox);
  expect(first?.rowCount).toBeLessThan(150);
  while (rows.length > 0) await operations.outbox.relay(outbox);
  expect(handedOver).toHaveLength(500 * 30);
});

it('refuses a row whose payload does not match the schema of its event type', async () => {
  const schemas = { 1: { type: 'string' } };
  await operations.eventTypes.update(principal, 'a.b', { description: '', schemas });
  await operations.settings.patch(principal, { payloadValidation: 'reject' });
  for (const payload of ['"good"', '1']) send(payload);
  const relayed = await operations.outbox.relay(outbox);
  const refused = relayed?.refused.map(({ row, refusal }) => [row.payload, refusal]);
  const reason = expect.stringContaining('body.payload: must be string');
  expect(refused).toEqual([['1', { code: 'validation', reason }]]);
  expect(handedOver.map(({ payload }) => payload)).toEqual(['"good"']);
});
