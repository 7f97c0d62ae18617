import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { NOW, StorageWorld } from '../../../test/support/storage-world.ts';
import { systemClock } from '../../domain/clock.ts';
import { createSqliteStorage } from './sqlite-storage.ts';
import { recordBatch } from '../../../test/support/record-batch.ts';

let folder: string;
let path: string;
let world: StorageWorld;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'posthaste-sqlite-'));
  path = join(folder, 'posthaste.db');
  world = new StorageWorld(createSqliteStorage({ path, clock: systemClock }));
  await world.begin();
});
afterEach(async () => {
  await world.storage.stop();
  rmSync(folder, { recursive: true });
});

it('forgets idempotency keys after 12 hours', async () => {
  const HOUR_MS = 60 * 60 * 1000;
  for (let hour = 0; hour < 40; hour++) {
    await world.accept([], { key: `key ${hour}`, createdAt: NOW + hour * HOUR_MS });
  }
  expect(count('idempotency_key')).toBe(12);
});

it('rejects only the message that lacks a value', async () => {
  const { id } = await world.createEndpoint();
  const { storage } = world;
  const messages = [{}, { eventType: null as never }, {}].map((its) => world.newMessage([id], its));
  const results = messages.map((message) => storage.acceptMessages([message]));

  await expect(results[1]).rejects.toMatchObject({ code: 'storage_rejected' });
  expect(await results[0]).toEqual([{ accepted: true }]);
  expect(await results[2]).toEqual([{ accepted: true }]);
  expect(count('message')).toBe(2);
});

it('keeps no index entry of concluded deliveries', async () => {
  const [usual, ordered] = [
    await world.createEndpoint(),
    await world.createEndpoint({ ordered: true }),
  ];
  await world.acceptMany(20, [usual.id, ordered.id]);
  for (let { handoffs } = await world.claim(); handoffs.length > 0;) {
    await world.storage.record(() =>
      recordBatch({
        records: handoffs.map((handoff) => world.outcome(handoff, { state: 'delivered' })),
      }),
    );
    ({ handoffs } = await world.claim());
  }
  expect(count('delivery where state = 0')).toBe(0);
  expect(count('delivery where state = 1 and claim_owner = 0 and due_at is null')).toBe(40);
});

it('reads the endpoints of an application ahead of the lists that wait', async () => {
  const { storage, application } = world;
  const endpoint = await world.createEndpoint();
  await world.acceptMany(5_000, []);
  let left = 40;
  const lists = Array.from({ length: left }, async () => {
    const filter = { limit: 50, order: 'ascending', eventTypes: ['of no message'] } as const;
    await storage.messages.list(application.id, filter);
    left--;
  });
  await Promise.race(lists);

  expect(await storage.endpoints.all(application.id)).toEqual([endpoint]);
  // In one queue with the lists, it would be the last.
  expect(left).toBeGreaterThan(10);
  await Promise.all(lists);
});

it('leaves everything in one file after its stop', async () => {
  await world.accept([(await world.createEndpoint()).id]);
  await world.storage.applications.get('org_1', world.application.id);
  await world.storage.stop();
  expect(readdirSync(folder).toSorted()).toEqual(['posthaste.db', 'posthaste.db-lock']);
  expect(count('message')).toBe(1);
});

function count(rows: string): number {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return Number(db.prepare(`select count(*) as n from ${rows}`).get()?.['n']);
  } finally {
    db.close();
  }
}
