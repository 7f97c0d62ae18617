import { describe, expect, test } from 'vitest';
import { makeHandoffs } from '../../test/support/handoffs.ts';
import { ManualClock } from '../../test/support/manual-clock.ts';
import type { Handoff } from '../domain/delivery.ts';
import type { ClaimRequest, ClaimResult } from '../storage/storage.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { Sweeper } from './sweeper.ts';

const HOUR_MS = 3_600_000;
const NOTHING: ClaimResult = { handoffs: [], nextDueAt: null };

class World {
  readonly clock = new ManualClock();
  readonly requests: ClaimRequest[] = [];
  readonly claimed: Handoff[] = [];
  readonly errors: unknown[] = [];
  readonly reserved: { count: number; chars: number } = { count: 0, chars: 0 };
  readonly recorder = { isBehind: false };
  freeCount = 10_000;
  answer: (request: ClaimRequest) => Promise<ClaimResult> = async () => NOTHING;

  readonly sweeper = new Sweeper({
    storage: {
      claimDue: (request) => {
        this.requests.push(request);
        return this.answer(request);
      },
    },
    admission: this.#admission(),
    recorder: this.recorder,
    clock: this.clock,
    limits: DEFAULT_LIMITS,
    capacities: () => ({ capacities: new Map([['ep_1', 3]]), defaultCapacity: 7 }),
    onClaimed: (handoffs) => this.claimed.push(...handoffs),
    onError: (error) => this.errors.push(error),
  });

  /** Moves the clock in small steps, so that each claim is answered before the next step. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left >= 0; left -= STEP_MS) {
      this.clock.advance(left === ms ? 0 : STEP_MS);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  async started(): Promise<this> {
    this.sweeper.start();
    await this.pass(0);
    return this;
  }

  #admission() {
    const add = (count: number, chars: number) => {
      this.reserved.count += count;
      this.reserved.chars += chars;
    };
    return Object.defineProperty(
      {
        freeCount: 0,
        reserve(count: number, chars: number) {
          if (count > 0) add(count, chars);
          return count > 0;
        },
        unreserve: (count: number, chars: number) => add(-count, -chars),
      },
      'freeCount',
      { get: () => this.freeCount },
    );
  }
}

const STEP_MS = 10;

test('claims at the start, within the capacity of admission and lanes', async () => {
  const world = await new World().started();
  const now = world.clock.scheduleNow();
  expect(world.requests).toEqual([
    {
      now,
      until: now + DEFAULT_LIMITS.claimMs,
      limit: DEFAULT_LIMITS.sweepCount,
      maxChars: DEFAULT_LIMITS.sweepChars,
      capacities: new Map([['ep_1', 3]]),
      defaultCapacity: 7,
    },
  ]);
});

test('reserves half of the free capacity, so that publishers find capacity', async () => {
  const world = new World();
  world.freeCount = 9;
  await world.started();
  expect(world.requests[0]?.limit).toBe(5);
});

test('gives its reservation back, whatever the claim returned', async () => {
  const world = new World();
  world.answer = async () => ({ handoffs: makeHandoffs(3), nextDueAt: null });
  await world.started();
  world.answer = () => Promise.reject(new Error('away'));
  world.sweeper.wake();
  await world.pass(10);
  expect(world.requests).toHaveLength(2);
  expect(world.reserved).toEqual({ count: 0, chars: 0 });
});

describe('sleeps', () => {
  test('until the next delivery is due', async () => {
    const world = new World();
    const dueAt = world.clock.scheduleNow() + 5_000;
    world.answer = async ({ now }) => (now < dueAt ? { handoffs: [], nextDueAt: dueAt } : NOTHING);
    await world.started();
    await world.pass(4_980);
    expect(world.requests).toHaveLength(1);
    await world.pass(30);
    expect(world.requests).toHaveLength(2);
  });

  test('until it is woken, for now or for an instant', async () => {
    const world = await new World().started();
    await world.pass(1_000);
    world.sweeper.wake();
    await world.pass(0);
    expect(world.requests).toHaveLength(2);
    world.sweeper.wake(world.clock.scheduleNow() + 300);
    world.sweeper.wake(world.clock.scheduleNow() + 200);
    await world.pass(190);
    expect(world.requests).toHaveLength(2);
    await world.pass(20);
    expect(world.requests).toHaveLength(3);
  });

  test('at most half a minute, in case a wake-up was lost', async () => {
    const world = await new World().started();
    await world.pass(29_900);
    expect(world.requests).toHaveLength(1);
    await world.pass(200);
    expect(world.requests).toHaveLength(2);
  });

  test('a second after an error', async () => {
    const world = new World();
    world.answer = () => Promise.reject(new Error('away'));
    await world.started();
    await world.pass(950);
    expect(world.requests).toHaveLength(1);
    await world.pass(60);
    expect(world.requests).toHaveLength(2);
    expect(world.errors).toHaveLength(2);
  });
});

test('claims nothing while attempts from before an outage wait to be recorded', async () => {
  const world = new World();
  world.recorder.isBehind = true;
  await world.started();
  world.sweeper.wake();
  await world.pass(2_000);
  expect(world.requests).toHaveLength(0);
  world.recorder.isBehind = false;
  await world.pass(1_000);
  expect(world.requests).toHaveLength(1);
});

test('a wake-up during a claim leads to another claim', async () => {
  const world = new World();
  const { promise, resolve } = Promise.withResolvers<ClaimResult>();
  world.answer = () => promise;
  await world.started();
  world.sweeper.wake();
  world.sweeper.wake();
  await world.pass(100);
  expect(world.requests).toHaveLength(1);
  resolve({ handoffs: makeHandoffs(1), nextDueAt: null });
  await world.pass(10);
  expect(world.requests).toHaveLength(2);
});

test('spaces claims that find nothing', async () => {
  const world = await new World().started();
  for (let count = 0; count < 50; count++) {
    world.sweeper.wake();
    world.clock.advance(1);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  expect(world.requests.length).toBeLessThanOrEqual(12);
});

test.each([-HOUR_MS, HOUR_MS])('a wall clock that is set by %i ms delays no claim', async (by) => {
  const world = new World();
  const dueAt = world.clock.scheduleNow() + 5_000;
  world.answer = async ({ now }) =>
    now < dueAt
      ? { handoffs: [], nextDueAt: dueAt }
      : { handoffs: makeHandoffs(1), nextDueAt: null };
  await world.started();
  world.clock.setBy(by);
  world.sweeper.wake(dueAt);
  await world.pass(5_010);
  expect(world.claimed.length).toBeGreaterThan(0);
});

test('stops after the claim in progress', async () => {
  const world = new World();
  const { promise, resolve } = Promise.withResolvers<ClaimResult>();
  world.answer = () => promise;
  await world.started();
  const stopped = world.sweeper.stop();
  resolve({ handoffs: makeHandoffs(2), nextDueAt: 0 });
  await stopped;
  expect(world.claimed).toHaveLength(2);
  await world.pass(100);
  expect(world.requests).toHaveLength(1);
  expect(world.clock.pending).toBe(0);
});
