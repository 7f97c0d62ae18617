import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { NOW, StorageWorld } from '../../test/support/storage-world.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import type { Handoff } from '../domain/delivery.ts';
import { createIds } from '../domain/ids.ts';
import { DEFAULT_POLICY } from '../domain/policy.ts';
import type { Queue } from '../queue/queue.ts';
import { createDirectory } from '../storage/directory.ts';
import { createSqliteStorage } from '../storage/sqlite/sqlite-storage.ts';
import type { Storage } from '../storage/storage.ts';
import { createAddressGuard } from './address-guard.ts';
import { createEngine } from './engine.ts';
import { createHttpClient } from './http-client/create-http-client.ts';

type Receive = Parameters<Queue['consume']>[1];

let folder: string;
let world: StorageWorld;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'posthaste-engine-'));
  world = new StorageWorld(
    createSqliteStorage({ path: join(folder, 'posthaste.db'), clock: new ManualClock(NOW) }),
  );
  await world.begin();
});
afterEach(async () => {
  await world.storage.stop();
  rmSync(folder, { recursive: true });
});

it('pushes again what it gets a redelivered hand-off for, and drops the rest', async () => {
  const { receive, acknowledged, pushed } = startEngine({ hasRoom: true });
  const held = await handoff();
  const lost = await handoff({ until: NOW + 1 });
  receive([held, lost], true);
  await waitFor(() => pushed.length > 0);
  expect(pushed).toEqual([{ ...held, claim: { ...held.claim, until: expect.any(Number) } }]);
  expect(acknowledged).toEqual([held, lost]);
});

it('gives the claim of a redelivered hand-off back when there is no room for it', async () => {
  const { receive, acknowledged, pushed } = startEngine({ hasRoom: false });
  const held = await handoff();
  receive([held], true);
  const { messageId, endpointId } = held;
  await waitFor(async () => {
    const delivery = await world.delivery(messageId, endpointId);
    return delivery?.claimed === false;
  });
  expect({ acknowledged, pushed }).toEqual({ acknowledged: [held], pushed: [] });
});

it.each(['renewClaims', 'record'] as const)(
  'acknowledges a redelivered hand-off once when %s fails',
  async (failing) => {
    const errors: unknown[] = [];
    const failure = new Error('the disk is full');
    const { receive, acknowledged } = startEngine({
      hasRoom: false,
      onError: (error) => errors.push(error),
      storage: Object.assign(Object.create(world.storage) as Storage, {
        [failing]: () => Promise.reject(failure),
      }),
    });
    const held = await handoff();
    receive([held], true);
    await waitFor(() => errors.length > 0);
    expect({ errors, acknowledged }).toEqual({ errors: [failure], acknowledged: [held] });
  },
);

/** An engine on a queue that only tells what is done with it. */
function startEngine(options: {
  hasRoom: boolean;
  onError?: (error: unknown) => void;
  storage?: Storage;
}) {
  const acknowledged: Handoff[] = [];
  const pushed: Handoff[] = [];
  let receive: Receive = () => {};
  const queue: Queue = {
    start: async () => {},
    stop: async () => {},
    reserve: () => options.hasRoom,
    unreserve: () => {},
    room: () => 0,
    push: (handoffs) => void pushed.push(...handoffs),
    consume: (_prefetch, given) => {
      receive = given;
      return { stop: async () => {} };
    },
    ack: (handoffs) => void acknowledged.push(...handoffs),
  };
  const clock = new ManualClock(NOW);
  const storage = options.storage ?? world.storage;
  createEngine({
    storage,
    queue,
    directory: createDirectory(storage),
    clock,
    random: Math.random,
    ids: createIds(clock),
    policy: DEFAULT_POLICY,
    concurrency: 4,
    endpointConcurrency: 4,
    client: createHttpClient({ clock, guard: createAddressGuard([]), idleLimit: 1 }),
    svixHeaders: false,
    userAgent: 'test',
    onError:
      options.onError ??
      ((error) => {
        throw error;
      }),
  }).start();
  return { receive, acknowledged, pushed };
}

/** Of a delivery that this process has claimed, or had: then until `until`, not until the given time. */
async function handoff({ until }: { until?: number } = {}): Promise<Handoff> {
  const endpoint = await world.createEndpoint();
  const claimedUntil = NOW + 60_000;
  const messageId = await world.accept([endpoint.id], { claimedUntil });
  return {
    messageId,
    endpointId: endpoint.id,
    applicationId: world.application.id,
    payload: '{"type":"call.new"}',
    attemptCount: 0,
    scheduleStep: 0,
    trigger: 'scheduled',
    claim: { owner: world.storage.owner, until: until ?? claimedUntil },
  };
}
