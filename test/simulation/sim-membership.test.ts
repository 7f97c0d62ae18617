import { beforeEach, describe, expect, test } from 'vitest';
import { MemoryFleetDatabase } from './sim-fleet-database.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { BEAT_MS, type FleetDatabase, SimMembership } from './sim-membership.ts';
import { HAND_OVER_MS, SHARDS, shardOf } from '../../src/storage/fleet.ts';
import { LEASE_TIMES } from '../../src/storage/postgres/fleet/lease.ts';

const LEASE_MS = LEASE_TIMES.leaseMs;
/** The time for which others wait for a process whose session stays open. */
const WITH_SESSION_MS = LEASE_MS + LEASE_TIMES.patienceMs;

let clock: ManualClock;
let claims: { owner: number; endpointId: string }[];
let database: MemoryFleetDatabase;

beforeEach(() => {
  clock = new ManualClock();
  claims = [];
  database = new MemoryFleetDatabase(() => clock.monotonicMs(), {
    all: () => claims,
    end: (owner, isTaken) => {
      claims = claims.filter((claim) => claim.owner !== owner || !isTaken(claim.endpointId));
    },
  });
});

describe('a fleet', () => {
  test('of one process that delivers owns everything', async () => {
    const one = await worker();
    expect(one.membership.ownedShards).toHaveLength(SHARDS);
    expect(one.membership.owns('ep_1')).toBe(true);
    expect(one.gained).toBe(1);
  });

  test('gives nothing to a process that does not deliver', async () => {
    const { membership } = await member();
    await pass(10 * BEAT_MS);
    expect(membership.owns('ep_1')).toBe(false);
  });

  test('shares the shards with a process that joins, each with one owner', async () => {
    const one = await worker();
    const two = await worker();
    await pass(4 * BEAT_MS);
    const [a, b] = [one, two].map(({ membership }) => membership.ownedShards);
    expect((a?.length ?? 0) + (b?.length ?? 0)).toBe(SHARDS);
    expect(a?.filter((shard) => b?.includes(shard))).toEqual([]);
    expect(b?.length).toBeGreaterThan(SHARDS / 3);
  });

  test('never has two owners of an endpoint while processes come and go', async () => {
    const all: Joined[] = [await worker()];
    for (let round = 0; round < 12; round++) {
      if (round % 3 === 2) void all.shift()?.membership.leave();
      else all.push(await worker());
      for (let step = 0; step < 12; step++) {
        await pass(BEAT_MS / 4);
        for (const endpointId of endpoints) {
          expect(all.filter(({ membership }) => membership.owns(endpointId)).length).toBeLessThan(
            2,
          );
        }
      }
    }
    const owned = all.flatMap(({ membership }) => membership.ownedShards);
    expect(owned.toSorted((a, b) => a - b)).toEqual(Array.from({ length: SHARDS }, (_, i) => i));
  });
});

describe('a process that gives shards to another', () => {
  test('first waits for its requests in flight', async () => {
    const one = await worker();
    let finish = () => {};
    one.giveUp = () => new Promise((resolve) => (finish = resolve));
    const two = await worker();
    await pass(2 * BEAT_MS);
    expect(one.membership.ownedShards.length).toBeLessThan(SHARDS);
    expect(two.membership.ownedShards).toEqual([]);
    finish();
    await pass(2 * BEAT_MS);
    expect(two.membership.ownedShards).not.toEqual([]);
  });

  test('gives them after HAND_OVER_MS, and endpoints with a request in flight are withheld', async () => {
    const one = await worker();
    one.giveUp = () => new Promise(() => {});
    claims = endpoints.map((endpointId) => ({ owner: one.membership.number, endpointId }));
    const two = await worker();
    await pass(HAND_OVER_MS + 3 * BEAT_MS);
    const moved = endpoints.filter((id) => two.membership.ownedShards.includes(shardOf(id)));
    expect(moved).not.toEqual([]);
    expect(moved.filter((id) => two.membership.owns(id))).toEqual([]);
    claims = [];
    await pass(2 * BEAT_MS);
    expect(moved.filter((id) => !two.membership.owns(id))).toEqual([]);
  });
});

test('a process that leaves gives everything back at once', async () => {
  const one = await worker();
  const two = await worker();
  await pass(4 * BEAT_MS);
  await one.membership.leave();
  expect(one.membership.ownedShards).toEqual([]);
  await pass(2 * BEAT_MS);
  expect(two.membership.ownedShards).toHaveLength(SHARDS);
});

describe('a process that dies', () => {
  test.each([
    ['when its lease expires', true, LEASE_MS],
    ['later when its session stays open', false, WITH_SESSION_MS],
  ])('loses its shards and claims %s', async (_when, closes, afterMs) => {
    const one = await worker();
    const two = await worker();
    await pass(4 * BEAT_MS);
    claims = endpoints.map((endpointId) => ({ owner: one.membership.number, endpointId }));
    const owned = two.membership.ownedShards.length;
    one.isDead = true;
    if (closes) database.endSession(one.membership.number);
    await pass(afterMs - 2 * BEAT_MS);
    expect(two.membership.ownedShards).toHaveLength(owned);
    await pass(4 * BEAT_MS);
    expect(two.membership.ownedShards).toHaveLength(SHARDS);
    expect(claims.filter(({ endpointId }) => !two.membership.owns(endpointId))).toEqual([]);
  });

  test('after it gave its shards back withholds endpoints in flight only until its lease expires', async () => {
    const one = await worker();
    const two = await worker();
    await pass(4 * BEAT_MS);
    const busy = endpoints.find((id) => one.membership.owns(id)) ?? '';
    claims = [{ owner: one.membership.number, endpointId: busy }];
    await one.membership.leave();
    one.isDead = true;
    database.endSession(one.membership.number);
    await pass(2 * BEAT_MS);
    expect(two.membership.ownedShards).toHaveLength(SHARDS);
    expect(two.membership.owns(busy)).toBe(false);
    await pass(LEASE_MS + 2 * BEAT_MS);
    expect(two.membership.owns(busy)).toBe(true);
    expect(claims).toEqual([]);
  });

  test('keeps its shards if it only slept for less than the others wait for an open session', async () => {
    const one = await worker();
    const two = await worker();
    await pass(4 * BEAT_MS);
    const { number } = one.membership;
    const owned = two.membership.ownedShards.length;
    one.isDead = true;
    await pass(LEASE_MS + 2 * BEAT_MS);
    expect(one.membership.ownedShards).toEqual([]);
    one.isDead = false;
    await pass(4 * BEAT_MS);
    expect(one.membership.number).toBe(number);
    expect(two.membership.ownedShards).toHaveLength(owned);
    expect(one.membership.ownedShards).toHaveLength(SHARDS - owned);
  });

  test('owns nothing if it slept for longer, and begins again under a new number', async () => {
    const one = await worker();
    const two = await worker();
    await pass(4 * BEAT_MS);
    const [endpointId = ''] = endpoints.filter((id) => one.membership.owns(id));
    one.isDead = true;
    await pass(WITH_SESSION_MS + 4 * BEAT_MS);
    expect(one.membership.ownedShards).toEqual([]);
    expect(two.membership.owns(endpointId)).toBe(true);
    const numberBefore = one.membership.number;
    one.gaveUp = 0;
    one.isDead = false;
    await pass(4 * BEAT_MS);
    expect(one.gaveUp).toBe(1);
    expect(one.membership.number).not.toBe(numberBefore);
    expect(one.membership.ownedShards).not.toEqual([]);
  });
});

describe('an outage of the database', () => {
  test('costs only the lease', async () => {
    const one = await worker();
    one.fails = true;
    await pass(LEASE_MS - 2 * BEAT_MS);
    expect(one.membership.owns('ep_1')).toBe(false);
    one.fails = false;
    await pass(2 * BEAT_MS);
    expect(one.membership.owns('ep_1')).toBe(true);
    expect(one.errors.length).toBeGreaterThan(5);
  });

  test('that swallows answers is survived: the calls are repeated', async () => {
    const one = await worker();
    const two = await worker();
    two.loses = new Set(['take']);
    await pass(4 * BEAT_MS);
    expect(two.membership.ownedShards).toEqual([]);
    two.loses = new Set();
    await pass(2 * BEAT_MS);
    expect(two.membership.ownedShards.length).toBeGreaterThan(0);
    one.loses = new Set(['giveBack']);
    two.isDead = true;
    database.endSession(two.membership.number);
    await pass(LEASE_MS + 4 * BEAT_MS);
    expect(one.membership.ownedShards).toHaveLength(SHARDS);
  });
});

const endpoints = Array.from({ length: 60 }, (_, index) => `ep_${index}`);
if (new Set(endpoints.map(shardOf)).size < 30) throw new Error('the endpoints share few shards');

interface Joined {
  readonly membership: SimMembership;
  readonly errors: unknown[];
  gained: number;
  gaveUp: number;
  giveUp: () => Promise<void>;
  /** While true, its calls do not reach the database. */
  isDead: boolean;
  fails: boolean;
  /** Names of calls that the database executes and does not answer. */
  loses: ReadonlySet<string>;
}

async function member(): Promise<Joined> {
  const state = {
    errors: [] as unknown[],
    gained: 0,
    gaveUp: 0,
    giveUp: async () => {},
    isDead: false,
    fails: false,
    loses: new Set<string>() as ReadonlySet<string>,
  };
  const call = async <T>(name: string, run: () => Promise<T>): Promise<T> => {
    while (state.isDead) await new Promise<void>((resolve) => clock.after(BEAT_MS, resolve));
    if (state.fails) throw new Error('away');
    const answer = await run();
    if (state.loses.has(name)) throw new Error('no answer');
    return answer;
  };
  const calls: FleetDatabase = {
    register: () => call('register', () => database.register()),
    renew: (...given) => call('renew', () => database.renew(...given)),
    take: (...given) => call('take', () => database.take(...given)),
    giveBack: (...given) => call('giveBack', () => database.giveBack(...given)),
    tellNotes: async () => {},
    leave: (...given) => call('leave', () => database.leave(...given)),
    endClaimsOfTheGone: (...given) =>
      call('endClaimsOfTheGone', () => database.endClaimsOfTheGone(...given)),
    claimedElsewhere: (...given) =>
      call('claimedElsewhere', () => database.claimedElsewhere(...given)),
  };
  const membership = new SimMembership({
    database: calls,
    clock,
    onError: (error) => state.errors.push(error),
  });
  await membership.start();
  return Object.assign(state, { membership });
}

async function worker(): Promise<Joined> {
  const joined = await member();
  joined.membership.join({
    giveUp: () => {
      joined.gaveUp++;
      return joined.giveUp();
    },
    gained: () => void joined.gained++,
    slowed: () => [],
  });
  await settled();
  return joined;
}

/** Moves the clock in small steps, each with all its consequences. */
async function pass(ms: number): Promise<void> {
  for (let leftMs = ms; leftMs > 0; leftMs -= BEAT_MS / 8) {
    clock.advance(Math.min(leftMs, BEAT_MS / 8));
    await settled();
  }
}

async function settled(): Promise<void> {
  for (let turns = 0; turns < 3; turns++) await new Promise((resolve) => setImmediate(resolve));
}
