import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { NOW, StorageWorld } from '../../test/support/storage-world.ts';
import { NOTHING } from '../../test/support/delivery-parts.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import { type Handoff, UNCLAIMED } from '../domain/delivery.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import { PosthasteError } from '../domain/errors.ts';
import { createIds } from '../domain/ids.ts';
import { DEFAULT_POLICY } from '../domain/policy.ts';
import { createMemoryQueue } from '../queue/memory/memory-queue.ts';
import type { Queue, Receive } from '../queue/queue.ts';
import { createEndpointCache } from '../storage/endpoint-cache.ts';
import { createSqliteStorage } from '../storage/sqlite/sqlite-storage.ts';
import type {
  Change,
  ClaimRequest,
  EndpointNotes,
  FleetMember,
  RecordBatch,
  Storage,
} from '../storage/storage.ts';
import type { DeliveryEvent } from '../domain/delivery-event.ts';
import type { Engine } from './delivery.ts';
import { createEngine } from './engine.ts';
import type { HttpClient } from './http-client/http-client.ts';
import type { DeliveryLimits } from './limits.ts';

const PAYLOAD = '{"type":"call.new"}';

let folder: string;
let world: StorageWorld;
let engine: Engine | undefined;
const unanswered = new Set<() => void>();
let isOver: boolean;

beforeEach(async () => {
  isOver = false;
  folder = mkdtempSync(join(tmpdir(), 'posthaste-engine-'));
  world = new StorageWorld(
    createSqliteStorage({ path: join(folder, 'posthaste.db'), clock: new ManualClock(NOW) }),
  );
  await world.begin();
});
afterEach(async () => {
  // Answers requests that a failed test left in flight, for which the engine would wait.
  isOver = true;
  for (const answer of unanswered) answer();
  await engine?.stop(0);
  engine = undefined;
  await world.storage.stop();
  rmSync(folder, { recursive: true });
});

describe('a hand-off from another process', () => {
  test('is taken over in one statement, acknowledged and attempted, and not sent on', async () => {
    const [first, second, third] = [await unclaimed(), await unclaimed(), await unclaimed()];
    const { storage, statements } = sharedStorage({ taken: [first, third] });
    const { receive, acknowledged, sent, posted } = startEngine({ storage });
    receive([first], 'elsewhere');
    receive([second], 'elsewhere');
    receive([third], 'elsewhere');
    await waitFor(() => posted.length === 2);
    expect(posted).toEqual([first.messageId, third.messageId]);
    expect(statements).toEqual([[first], [second, third]]);
    expect({ acknowledged, sent }).toEqual({ acknowledged: [first, second, third], sent: [] });
  });

  test('stays in the storage without capacity, or if another process owns the lane, which is told', async () => {
    const [own, foreign] = [await unclaimed(), await unclaimed()];
    const { storage, statements, told } = sharedStorage({ foreign: [foreign] });
    const { receive, acknowledged } = startEngine({ storage, limits: { heldCount: 0 } });
    receive([own, foreign], 'elsewhere');
    await waitFor(() => acknowledged.length === 2);
    expect({ statements, told }).toEqual({
      statements: [],
      told: [own.endpointId, foreign.endpointId],
    });
  });

  test('takes no capacity when another process was faster, or the storage is unavailable', async () => {
    const errors: unknown[] = [];
    const handoffs = [await unclaimed(), await unclaimed(), await unclaimed()];
    const { storage, statements, told } = sharedStorage({ failure: new Error('the disk is full') });
    const onError = (error: unknown) => errors.push(error);
    const { receive } = startEngine({ storage, limits: { heldCount: 1 }, onError });
    for (const [index, handoff] of handoffs.entries()) {
      receive([handoff], 'elsewhere');
      await waitFor(() => statements.length === index + 1 && errors.length === statements.length);
    }
    expect(told).toEqual(handoffs.map(({ endpointId }) => endpointId));
  });
});

test('a delivery accepted for another owner is sent to the owner, or the owner is told', async () => {
  const [reached, unknown] = [await unclaimed(), await unclaimed()];
  const { storage, told } = sharedStorage({ foreign: [reached, unknown] });
  const own = await unclaimed();
  const owners = new Map([
    [reached.endpointId, 7],
    [own.endpointId, storage.owner],
  ]);
  storage.fleet.ownerOf = (endpointId) => owners.get(endpointId) ?? null;
  const { sent } = startEngine({ storage });
  expect(engine?.intake.reachesOwner(reached.endpointId)).toBe(true);
  expect(engine?.intake.reachesOwner(unknown.endpointId)).toBe(false);
  expect(engine?.intake.reachesOwner(own.endpointId)).toBe(false);
  // This process has become the owner of the last one since the commit.
  engine?.intake.send([reached, unknown, own]);
  expect({ sent, told }).toEqual({
    sent: [[7, reached]],
    told: [unknown.endpointId, own.endpointId],
  });
});

test('a claim that fills a lane is followed by another as soon as the lane has capacity again', async () => {
  const endpoint = await world.createEndpoint();
  await world.acceptMany(40, [endpoint.id]);
  const limits = { firstWindow: 1, heldPerRequest: 4 };
  const { posted, clock } = startEngine({ queue: createMemoryQueue(), limits });
  await waitFor(() => {
    // Far less than the sweeper sleeps when it knows of no work.
    if (clock.monotonicMs() < 1_000) clock.advance(1);
    return posted.length === 40;
  });
});

describe('when the wall clock is set forward for good', () => {
  /** Sets the clock so far forward that earlier claims have expired. */
  function setForward(clock: ManualClock): void {
    clock.setBy(3_600_000);
    clock.scheduleNow();
    clock.advance(60_000);
    expect(clock.scheduleNow()).toBe(clock.now());
  }

  test('a request in flight is not sent again, and its result counts', async () => {
    const answers: (() => void)[] = [];
    const queue = createMemoryQueue();
    const limits = { slowMs: 3_600_000 };
    const { posted, clock } = startEngine({ queue, answers, statusCode: 500, limits });
    const [endpoint, other] = [await world.createEndpoint(), await world.createEndpoint()];
    engine?.intake.reserve(endpoint, PAYLOAD.length);
    const messageId = await handOverNew(endpoint);
    await waitFor(() => posted.length > 0);
    const laterId = await world.accept([other.id], { dueAt: NOW + 200_000 });
    setForward(clock);
    await waitFor(() => {
      engine?.intake.wake(clock.scheduleNow());
      clock.advance(10);
      return posted.includes(laterId);
    });
    expect(posted).toEqual([messageId, laterId]);
    for (const answer of answers) answer();
    const attempted = () => world.delivery(messageId, endpoint.id);
    await waitFor(async () => (await attempted())?.attemptCount === 1);
    expect(await attempted()).toMatchObject({ claimed: false, scheduleStep: 1 });
  });

  test('a request in flight is not repeated when its hand-off arrives a second time', async () => {
    const answers: (() => void)[] = [];
    const limits = { slowMs: 3_600_000 };
    const [handoff, next] = [await unclaimed(), await unclaimed()];
    const { storage } = sharedStorage({ taken: [handoff, next] });
    const { receive, posted, clock } = startEngine({ storage, answers, limits });
    receive([handoff], 'elsewhere');
    await waitFor(() => posted.length > 0);
    setForward(clock);
    receive([handoff], 'elsewhere');
    receive([next], 'elsewhere');
    await waitFor(() => posted.includes(next.messageId));
    expect(posted).toEqual([handoff.messageId, next.messageId]);
    await waitFor(() => engine?.status().held === 2);
    for (const answer of answers) answer();
  });
});

test.each([200, 500])(
  'what was answered by %i before the storage was away for longer than a claim is recorded, and not sent again',
  async (statusCode) => {
    const away = new PosthasteError('storage_unavailable', 'the disk is full');
    let isAway = false;
    const refused: string[] = [];
    const storage = Object.assign(Object.create(world.storage) as Storage, {
      record(take: () => RecordBatch) {
        if (!isAway) return world.storage.record(take);
        refused.push('record');
        return Promise.reject(away);
      },
      claimDue(request: ClaimRequest) {
        if (!isAway) return world.storage.claimDue(request);
        refused.push('claim');
        return Promise.reject(away);
      },
    });
    const answers: (() => void)[] = [];
    const onError = () => {};
    const queue = createMemoryQueue();
    const { posted, clock } = startEngine({ storage, queue, answers, statusCode, onError });
    const endpoint = await world.createEndpoint();
    engine?.intake.reserve(endpoint, PAYLOAD.length);
    const messageId = await handOverNew(endpoint);
    await waitFor(() => posted.length > 0);
    isAway = true;
    answers[0]?.();
    await waitFor(() => refused.length > 0);
    const pass = async (ms: number) => {
      for (let left = ms; left > 0; left -= 100) {
        clock.advance(100);
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    };
    const passUntil = (isSo: () => boolean | Promise<boolean>) =>
      waitFor(async () => {
        await pass(100);
        return isSo();
      });
    await pass(302_000);
    isAway = false;
    const page = { limit: 10, order: 'ascending' } as const;
    const attempts = () => world.storage.attempts.byMessage(messageId, page);
    await passUntil(async () => (await attempts()).data.length > 0);
    // The retry fell due while the storage was unavailable.
    if (statusCode === 500) await passUntil(() => posted.length > 1);
    answers[1]?.();
    if (statusCode === 500) await passUntil(async () => (await attempts()).data.length > 1);
    // Waits for longer than the sweeper sleeps, so that a claim would find the delivery.
    await pass(31_000);
    const numbers = (await attempts()).data.map(({ number }) => number);
    expect(numbers).toEqual(statusCode === 200 ? [1] : [1, 2]);
    expect(posted).toHaveLength(numbers.length);
  },
);

test.each([false, true])(
  'tells that an endpoint was disabled when the storage has disabled it (edited meanwhile: %s)',
  async (isEdited) => {
    const kinds: string[] = [];
    const answers: (() => void)[] = [];
    const onDelivery = ({ kind }: DeliveryEvent) => void kinds.push(kind);
    const queue = createMemoryQueue();
    const { posted } = startEngine({ queue, answers, statusCode: 410, onDelivery });
    const endpoint = await world.createEndpoint();
    engine?.intake.reserve(endpoint, PAYLOAD.length);
    await handOverNew(endpoint);
    await waitFor(() => posted.length > 0);
    if (isEdited) {
      const edited = { ...endpoint, updatedAt: endpoint.updatedAt + 1 };
      await world.storage.endpoints.update(edited, endpoint);
    }
    answers[0]?.();
    await waitFor(() => kinds.length > 0);
    expect(kinds).toEqual(isEdited ? ['exhausted'] : ['exhausted', 'disabled']);
  },
);

test('a hand-off is counted once: all capacity is free when everything is recorded', async () => {
  startEngine({ queue: createMemoryQueue(), limits: { heldCount: 2 } });
  const endpoint = await world.createEndpoint();
  for (let round = 0; round < 20; round++) {
    await waitFor(() => engine?.intake.reserve(endpoint, PAYLOAD.length));
    await handOverNew(endpoint);
  }
});

test('an endpoint is given to another process once requests in flight are recorded', async () => {
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
  const messageId = await handOverNew(endpoint, '1');
  await waitFor(() => posted.length > 0);
  owned.clear();
  await member?.giveUp();
  expect((await world.delivery(messageId, endpoint.id))?.state).toBe('delivered');
  expect(engine?.intake.reserve(endpoint, 1)).toBe(false);
});

test('the next owner hears of requests in flight, and of their end', async () => {
  const told: EndpointNotes[] = [];
  let member: FleetMember | undefined;
  let owns = true;
  const fleet = {
    ...world.storage.fleet,
    owns: () => owns,
    join: (given: FleetMember) => (member = given),
    tellNotes: async (notes: readonly EndpointNotes[]) => void told.push(...notes),
  };
  const storage = Object.assign(Object.create(world.storage) as Storage, { fleet });
  const answers: (() => void)[] = [];
  startEngine({ storage, queue: createMemoryQueue(), answers });
  const endpoint = await world.createEndpoint();
  engine?.intake.reserve(endpoint, 1);
  await handOverNew(endpoint, '1');
  await waitFor(() => answers.length > 0);
  owns = false;
  const givenUp = member?.giveUp();
  await waitFor(() => told.length > 0);
  answers[0]?.();
  await givenUp;
  expect(told.map(({ endpointId, busyMs }) => [endpointId, busyMs])).toEqual([
    [endpoint.id, DEFAULT_POLICY.timeoutMs],
    [endpoint.id, 0],
  ]);
});

test('a delivery that was cancelled before the answer to its claim came is not attempted', async () => {
  const [cancelled, other] = [await unclaimed(), await unclaimed()];
  const { storage } = sharedStorage({ taken: [cancelled, other] });
  const takeOver = storage.takeOver.bind(storage);
  let answer = () => {};
  const late = new Promise<void>((resolve) => (answer = resolve));
  storage.takeOver = async (...given) => {
    const taken = await takeOver(...given);
    await late;
    return taken;
  };
  const { receive, posted } = startEngine({ storage });
  receive([cancelled, other], 'elsewhere');
  await world.storage.cancelMessage(world.application.id, cancelled.messageId);
  answer();
  await waitFor(() => posted.length > 0);
  await engine?.stop(0);
  expect(posted).toEqual([other.messageId]);
});

test('after a gap, waiting deliveries are attempted only when they are claimed again', async () => {
  let hear = (_change: Change) => {};
  const endpoint = await world.createEndpoint();
  const messageIds = await world.acceptMany(6, [endpoint.id], { claimedUntil: NOW + 300_000 });
  const claim = { owner: world.storage.owner, until: NOW + 300_000 };
  const changes = {
    subscribe: (listener: typeof hear) => void (hear = listener),
    isCurrent: () => true,
  };
  const storage = Object.assign(Object.create(world.storage) as Storage, { changes });
  const answers: (() => void)[] = [];
  const { posted } = startEngine({ storage, queue: createMemoryQueue(), answers });
  const handoffs = messageIds.map((id) => ({ ...handoffOf(id, endpoint.id), claim }));
  for (const { payload } of handoffs) engine?.intake.reserve(endpoint, payload.length);
  engine?.intake.handOver(handoffs);
  await waitFor(() => posted.length > 0);
  const started = [...posted];
  hear({ kind: 'gap' });
  for (const given of answers) given();
  const last = () => world.delivery(messageIds[5] ?? '', endpoint.id);
  await waitFor(async () => (await last())?.claimed === false, 'the claim to end', 5_000);
  expect(posted).toEqual(started);
});

test.each(['before', 'after'])(
  'notes that an owner heard %s it got the endpoint are passed on, even if it sent no request',
  async (when) => {
    const told: EndpointNotes[] = [];
    let member: FleetMember | undefined;
    let hear = (_change: Change) => {};
    let owns = false;
    const fleet = {
      ...world.storage.fleet,
      owns: () => owns,
      join: (given: FleetMember) => (member = given),
      tellNotes: async (notes: readonly EndpointNotes[]) => void told.push(...notes),
    };
    const changes = { subscribe: (listener: typeof hear) => void (hear = listener) };
    const storage = Object.assign(Object.create(world.storage) as Storage, { fleet, changes });
    startEngine({ storage, queue: createMemoryQueue() });
    const applicationId = world.application.id;
    const nothing = { busyMs: 0, window: null, rate: null, breakerPauseMs: 0, paced: false };
    const notes = { endpointId: 'ep_1', applicationId, pauseMs: 60_000, ...nothing };
    if (when === 'before') hear({ kind: 'notes', ...notes });
    owns = true;
    member?.gained();
    if (when === 'after') hear({ kind: 'notes', ...notes });
    owns = false;
    await member?.giveUp();
    expect(told.at(-1)).toMatchObject({ endpointId: 'ep_1', applicationId, pauseMs: 60_000 });
  },
);

test('a process that stops passes on notes on endpoints that nobody has taken, with their age', async () => {
  const told: EndpointNotes[] = [];
  const order: string[] = [];
  let hear = (_change: Change) => {};
  const fleet = {
    ...world.storage.fleet,
    owns: () => false,
    ownerOf: (endpointId: string) => (endpointId === 'ep_taken' ? 7 : null),
    leave: async () => void order.push('leaves'),
    async tellNotes(notes: readonly EndpointNotes[]) {
      order.push('tells');
      told.push(...notes);
    },
  };
  const changes = { subscribe: (listener: typeof hear) => void (hear = listener) };
  const storage = Object.assign(Object.create(world.storage) as Storage, { fleet, changes });
  const { clock } = startEngine({ storage, queue: createMemoryQueue() });
  const nothing = { busyMs: 0, window: null, rate: null, breakerPauseMs: 0, paced: false };
  const notes = { applicationId: world.application.id, pauseMs: 60_000, ...nothing };
  for (const endpointId of ['ep_free', 'ep_taken']) hear({ kind: 'notes', endpointId, ...notes });
  clock.advance(10_000);
  await engine?.stop(0);
  expect(new Set(told.map(({ endpointId }) => endpointId))).toEqual(new Set(['ep_free']));
  expect(told[0]?.pauseMs).toBe(50_000);
  // The notes are sent again for processes that began to listen before they could take the endpoint.
  expect(order).toEqual(['tells', 'leaves', 'tells', 'tells']);
});

function startEngine(
  options: {
    limits?: Partial<DeliveryLimits>;
    onError?: (error: unknown) => void;
    storage?: Storage;
    queue?: Queue;
    /** Collects functions that answer the requests; absent: each request is answered at once. */
    answers?: (() => void)[];
    statusCode?: number;
    onDelivery?: (event: DeliveryEvent) => void;
  } = {},
) {
  const acknowledged: Handoff[] = [];
  const sent: [number, Handoff][] = [];
  const posted: string[] = [];
  let receive: Receive = () => {};
  /** Records the calls that the engine makes. */
  const queue: Queue = {
    start: async () => {},
    stop: async () => {},
    push: () => {},
    reaches: () => true,
    send: (owner, handoffs) => handoffs.forEach((handoff) => sent.push([owner, handoff])),
    consume: (_capacity, given) => {
      receive = given;
      return { stop: async () => {} };
    },
    ack: (handoffs) => void acknowledged.push(...handoffs),
  };
  const httpClient: HttpClient = {
    post({ head }, onResult) {
      posted.push(/webhook-id: (\S+)/.exec(head)?.[1] ?? '');
      const result = { ...NOTHING, statusCode: options.statusCode ?? 200 };
      const answer = () => {
        if (unanswered.delete(answer)) onResult(result);
      };
      unanswered.add(answer);
      if (options.answers === undefined || isOver) setImmediate(answer);
      else options.answers.push(answer);
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
    ...(options.onDelivery && { onDelivery: options.onDelivery }),
    onError:
      options.onError ??
      ((error) => {
        throw error;
      }),
  });
  engine.start();
  return { receive, acknowledged, sent, posted, clock };
}

/** Reserves capacity, accepts a message as claimed for the endpoint, and hands it over. */
async function handOverNew({ id }: Pick<Endpoint, 'id'>, payload = PAYLOAD): Promise<string> {
  const until = NOW + 300_000;
  const messageId = await world.accept([id], { claimedUntil: until });
  const claim = { owner: world.storage.owner, until };
  engine?.intake.handOver([{ ...handoffOf(messageId, id), payload, claim }]);
  return messageId;
}

function handoffOf(messageId: string, endpointId: string): Handoff {
  return {
    messageId,
    endpointId,
    applicationId: world.application.id,
    payload: PAYLOAD,
    contentType: null,
    headers: null,
    attemptCount: 0,
    scheduleStep: 0,
    trigger: 'scheduled',
    claim: { owner: world.storage.owner, until: NOW + 60_000 },
  };
}

async function unclaimed(): Promise<Handoff> {
  const endpoint = await world.createEndpoint();
  const messageId = await world.accept([endpoint.id], { claimedUntil: NOW + 60_000 });
  return { ...handoffOf(messageId, endpoint.id), claim: UNCLAIMED };
}

/** A storage as if several processes shared it. `taken`: the hand-offs that can be taken over. */
function sharedStorage(options: {
  taken?: readonly Handoff[];
  foreign?: readonly Handoff[];
  failure?: Error;
}) {
  const { taken = [], foreign = [], failure } = options;
  const statements: Handoff[][] = [];
  const told: string[] = [];
  const isForeign = new Set(foreign.map(({ endpointId }) => endpointId));
  const fleet = {
    ...world.storage.fleet,
    owns: (endpointId: string) => !isForeign.has(endpointId),
    tellOwners: (endpointIds: readonly string[]) => void told.push(...endpointIds),
  };
  const storage = Object.assign(Object.create(world.storage) as Storage, {
    fleet,
    async takeOver(handoffs: readonly Handoff[], until: number) {
      statements.push([...handoffs]);
      if (failure) throw failure;
      return handoffs
        .filter((handoff) => taken.includes(handoff))
        .map((handoff) => ({ ...handoff, claim: { owner: world.storage.owner, until } }));
    },
  });
  return { storage, statements, told };
}
