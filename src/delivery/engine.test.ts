import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { NOW, StorageWorld } from '../../test/support/storage-world.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import type { Handoff } from '../domain/delivery.ts';
import { createIds } from '../domain/ids.ts';
import { DEFAULT_POLICY } from '../domain/policy.ts';
import { createMemoryQueue } from '../queue/memory/memory-queue.ts';
import type { Queue, Receive } from '../queue/queue.ts';
import { createEndpointCache } from '../storage/endpoint-cache.ts';
import { createSqliteStorage } from '../storage/sqlite/sqlite-storage.ts';
import type { FleetMember, Storage } from '../storage/storage.ts';
import type { Engine } from './delivery.ts';
import { createEngine } from './engine.ts';
import type { HttpClient } from './http-client/http-client.ts';
import type { DeliveryLimits } from './limits.ts';

let folder: string;
let world: StorageWorld;
let engine: Engine | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'posthaste-engine-'));
  world = new StorageWorld(
    createSqliteStorage({ path: join(folder, 'posthaste.db'), clock: new ManualClock(NOW) }),
  );
  await world.begin();
});
afterEach(async () => {
  await engine?.stop(0);
  engine = undefined;
  await world.storage.stop();
  rmSync(folder, { recursive: true });
});

describe('a hand-off from elsewhere', () => {
  test('is attempted here after its claim was taken over, and never pushed again', async () => {
    const { receive, acknowledged, pushed, posted } = startEngine();
    const held = await handoff();
    const lost = await handoff({ until: NOW + 1 });
    receive([held, lost], 'elsewhere');
    await waitFor(() => posted.length > 0);
    expect({ posted, pushed }).toEqual({ posted: [held.messageId], pushed: [] });
    // Once it is recorded, the one that was attempted is acknowledged again, which changes nothing.
    expect(acknowledged.slice(0, 2)).toEqual([held, lost]);
  });

  test('is released to the storage, due at once, when there is no capacity', async () => {
    const { receive, posted } = startEngine({ limits: { heldCount: 0 } });
    const held = await handoff();
    receive([held], 'elsewhere');
    await waitFor(async () => {
      const delivery = await world.delivery(held.messageId, held.endpointId);
      return delivery?.claimed === false;
    });
    expect(posted).toEqual([]);
  });

  test('is acknowledged once when its claim can not be taken over', async () => {
    const errors: unknown[] = [];
    const failure = new Error('the disk is full');
    const storage = Object.assign(Object.create(world.storage) as Storage, {
      renewClaims: () => Promise.reject(failure),
    });
    const { receive, acknowledged } = startEngine({
      onError: (error) => errors.push(error),
      storage,
    });
    const held = await handoff();
    receive([held], 'elsewhere');
    await waitFor(() => errors.length > 0);
    expect({ errors, acknowledged }).toEqual({ errors: [failure], acknowledged: [held] });
  });
});

test('a hand-over is counted once: capacity is whole again when everything is recorded', async () => {
  startEngine({ queue: createMemoryQueue(), limits: { heldCount: 2 } });
  const endpoint = await world.createEndpoint();
  for (let round = 0; round < 20; round++) {
    const payload = '{"type":"call.new"}';
    await waitFor(() => engine?.intake.reserve(endpoint, payload.length));
    const messageId = await world.accept([endpoint.id], { claimedUntil: NOW + 300_000 });
    const claim = { owner: world.storage.owner, until: NOW + 300_000 };
    engine?.intake.handOver([{ ...handoffOf(messageId, endpoint.id), claim }]);
  }
});

test('an endpoint is given up to another process once what was in flight is recorded', async () => {
  const owned = new Set<string>();
  let member: FleetMember | undefined;
  const fleet = {
    ...world.storage.fleet,
    owns: (endpointId: string) => owned.has(endpointId),
    join: (given: FleetMember) => (member = given),
  };
  const storage = Object.assign(Object.create(world.storage) as Storage, { fleet });
  const { posted } = startEngine({ storage, queue: createMemoryQueue() });
  const endpoint = await world.createEndpoint();
  expect(engine?.intake.reserve(endpoint, 1)).toBe(false);

  owned.add(endpoint.id);
  expect(engine?.intake.reserve(endpoint, 1)).toBe(true);
  const messageId = await world.accept([endpoint.id], { claimedUntil: NOW + 300_000 });
  const claim = { owner: world.storage.owner, until: NOW + 300_000 };
  engine?.intake.handOver([{ ...handoffOf(messageId, endpoint.id), payload: '1', claim }]);
  await waitFor(() => posted.length > 0);
  owned.clear();
  await member?.giveUp();
  expect((await world.delivery(messageId, endpoint.id))?.state).toBe('delivered');
  expect(engine?.intake.reserve(endpoint, 1)).toBe(false);
});

function startEngine(
  options: {
    limits?: Partial<DeliveryLimits>;
    onError?: (error: unknown) => void;
    storage?: Storage;
    queue?: Queue;
  } = {},
) {
  const acknowledged: Handoff[] = [];
  const pushed: Handoff[] = [];
  const posted: string[] = [];
  let receive: Receive = () => {};
  /** Only tells what is done with it. */
  const queue: Queue = {
    repeats: true,
    start: async () => {},
    stop: async () => {},
    push: (handoffs) => void pushed.push(...handoffs),
    consume: (_capacity, given) => {
      receive = given;
      return { stop: async () => {} };
    },
    ack: (handoffs) => void acknowledged.push(...handoffs),
  };
  const httpClient: HttpClient = {
    post({ head }, onResult) {
      posted.push(/webhook-id: (\S+)/.exec(head)?.[1] ?? '');
      setImmediate(onResult, {
        statusCode: 200,
        failure: null,
        detail: '',
        response: '',
        retryAfter: null,
        location: null,
        deliveryControl: null,
        localShortage: false,
      });
    },
    abandon: () => {},
    stop: () => {},
  };
  const clock = new ManualClock(NOW);
  const storage = options.storage ?? world.storage;
  engine = createEngine({
    storage,
    httpClient,
    clock,
    limits: options.limits ?? {},
    queue: options.queue ?? queue,
    endpointCache: createEndpointCache(storage),
    random: Math.random,
    ids: createIds(clock),
    policy: DEFAULT_POLICY,
    concurrency: 4,
    endpointConcurrency: 4,
    svixHeaders: false,
    userAgent: 'test',
    onError:
      options.onError ??
      ((error) => {
        throw error;
      }),
  });
  engine.start();
  return { receive, acknowledged, pushed, posted };
}

function handoffOf(messageId: string, endpointId: string): Handoff {
  return {
    messageId,
    endpointId,
    applicationId: world.application.id,
    payload: '{"type":"call.new"}',
    contentType: null,
    attemptCount: 0,
    scheduleStep: 0,
    trigger: 'scheduled',
    claim: { owner: world.storage.owner, until: NOW + 60_000 },
  };
}

/** Of a delivery that this process has claimed, or had: then until `until`, not until the given time. */
async function handoff({ until }: { until?: number } = {}): Promise<Handoff> {
  const endpoint = await world.createEndpoint();
  const claimedUntil = NOW + 60_000;
  const messageId = await world.accept([endpoint.id], { claimedUntil });
  const claim = { owner: world.storage.owner, until: until ?? claimedUntil };
  return { ...handoffOf(messageId, endpoint.id), claim };
}
