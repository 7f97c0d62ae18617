import { describe, expect, test } from 'vitest';
import { DispatcherWorld, makeLane } from '../../test/support/delivery-parts.ts';

const HOUR_MS = 3_600_000;

/** Answers 500 until the breaker of `ep_a` opens. */
function failing(world: DispatcherWorld): void {
  const state = () => world.lanes.of('ep_a', 'app_1').state(world.clock.monotonicMs());
  while (state() !== 'paused') {
    world.offer('ep_a', 10);
    world.first('ep_a').answer(500);
    world.pass(0);
  }
  while (world.inFlightTo('ep_a') > 0) world.first('ep_a').answer(500);
}

describe('turns', () => {
  test('lanes take turns, one attempt each', () => {
    const world = new DispatcherWorld({ concurrency: 1 });
    for (const endpointId of ['ep_a', 'ep_b', 'ep_c']) world.offer(endpointId, 2);
    for (let count = 0; count < 5; count++) world.inFlight[0]?.answer(200);
    const order = world.posted.map(({ endpointId }) => endpointId);
    expect(order).toEqual(['ep_a', 'ep_a', 'ep_b', 'ep_c', 'ep_b', 'ep_c']);
  });

  test('every hand-off is concluded once', () => {
    const world = new DispatcherWorld();
    world.offer('ep_a', 50);
    world.answer('ep_a', 50);
    expect(world.attempts).toHaveLength(50);
    expect(new Set(world.outcomes.map(({ handoff }) => handoff.messageId)).size).toBe(50);
  });

  test('the number of unrecorded attempts is bounded, because a crash would repeat them', () => {
    const world = new DispatcherWorld({ limits: { unrecordedCount: 10 } });
    world.commits = false;
    world.offer('ep_a', 40);
    while (world.inFlight.length > 0) world.answer('ep_a');
    // Attempts in flight when the bound was reached still finished.
    expect(world.attempts.length).toBeLessThanOrEqual(10 + 16);
    world.dispatcher.recorded(world.attempts.length - 9);
    expect(world.inFlight).not.toEqual([]);
  });
});

describe('endpoints that hang', () => {
  test('a hanging endpoint ends at one request in flight and holds few hand-offs', () => {
    const world = new DispatcherWorld({ concurrency: 64 });
    world.offer('ep_sick', 60);
    expect(world.inFlightTo('ep_sick')).toBe(4);
    for (let round = 0; round < 8; round++) {
      world.pass(15_000);
      world.offer('ep_sick', 60);
      expect(world.inFlightTo('ep_sick')).toBe(1);
    }
    const lane = world.lanes.of('ep_sick', 'app_1');
    expect(lane.heldCount).toBeLessThanOrEqual(world.limits.heldPerSlowRequest);
  });

  test('a quick endpoint gets one request at a time after its first time-outs', () => {
    const world = new DispatcherWorld({ concurrency: 64 });
    world.offer('ep_sick', 60);
    world.answer('ep_sick', 20);
    expect(world.inFlightTo('ep_sick')).toBe(24);
    world.pass(15_000);
    expect(world.inFlightTo('ep_sick')).toBe(0);
    expect(world.lanes.of('ep_sick', 'app_1').state(world.clock.monotonicMs())).toBe('paused');
  });

  test.each([2, 40, 400])('%i hanging endpoints leave slots to healthy ones', (count) => {
    const world = new DispatcherWorld({ concurrency: 64 });
    world.offer('ep_well');
    world.answer('ep_well');
    for (let sick = 0; sick < count; sick++) world.offer(`ep_sick_${sick}`, 60);
    for (let second = 0; second < 60; second++) {
      world.pass(1_000);
      for (let sick = 0; sick < count; sick++) world.offer(`ep_sick_${sick}`, 60);
      expect(world.offer('ep_well')).toBe(1);
      expect(world.inFlightTo('ep_well')).toBe(1);
      world.answer('ep_well');
    }
  });

  const HANGING = Array.from({ length: 100 }, (_, index) => `ep_hanging_${index}`);

  test('new endpoints that hang leave slots to quick ones with requests in flight', () => {
    const world = new DispatcherWorld({ concurrency: 64 });
    world.offer('ep_well', 9);
    world.answer('ep_well', 9);
    for (const endpointId of HANGING) world.offer(endpointId);
    world.offer('ep_well', 20);
    expect(world.inFlightTo('ep_well')).toBe(8);
  });

  test('endpoints that failed at an earlier time leave slots to new ones', () => {
    const health = { failingSince: 1, lastFailedAt: 1, failedCount: 9 };
    const endpoints = Object.fromEntries(HANGING.map((endpointId) => [endpointId, { health }]));
    const world = new DispatcherWorld({ concurrency: 64, endpoints });
    for (const endpointId of HANGING) world.offer(endpointId);
    expect(world.inFlight).toHaveLength(32);
    world.offer('ep_new');
    expect(world.inFlightTo('ep_new')).toBe(1);
    // A person changed this one: it may work now.
    world.dispatcher.endpointChanged('ep_hanging_99');
    expect(world.inFlightTo('ep_hanging_99')).toBe(1);
  });

  test('a lane that turned sick while it waited for a slot does not hold up those behind it', () => {
    const world = new DispatcherWorld({ concurrency: 8 });
    for (const endpointId of ['ep_a', 'ep_b', 'ep_c']) {
      world.offer(endpointId, 3);
      world.answer(endpointId, 3);
    }
    world.offer('ep_c', 4);
    world.offer('ep_a', 3);
    expect(world.inFlightTo('ep_a')).toBe(2);
    world.pass(500);
    world.offer('ep_b', 2);
    expect(world.inFlightTo('ep_b')).toBe(1);
    // Now the others are sick.
    world.pass(500);
    world.answer('ep_c', 2);
    expect(world.inFlightTo('ep_b')).toBe(2);
  });

  test('quick endpoints that begin to hang leave slots to healthy ones', () => {
    const world = new DispatcherWorld({ concurrency: 64 });
    for (const endpointId of ['ep_a', 'ep_b', 'ep_c', 'ep_well']) {
      world.offer(endpointId, 60);
      world.answer(endpointId, 60);
      world.pass(100);
    }
    for (const endpointId of ['ep_a', 'ep_b', 'ep_c']) world.offer(endpointId, 200);
    world.offer('ep_well');
    expect(world.inFlightTo('ep_well')).toBe(1);
  });

  test('a slow endpoint that answers reaches its limit while there are free slots', () => {
    const world = new DispatcherWorld({ concurrency: 256 });
    const inFlight: number[] = [];
    for (let round = 0; round < 80; round++) {
      world.offer('ep_slow', 60);
      inFlight.push(world.inFlightTo('ep_slow'));
      world.pass(5_000);
      for (const posted of world.inFlight.slice()) posted.answer(200);
    }
    expect(Math.max(...inFlight)).toBe(32);
  });
});

describe('pushback', () => {
  test.each([429, 502, 503, 504])('%i with Retry-After pauses the lane', (statusCode) => {
    const world = new DispatcherWorld();
    world.offer('ep_a', 10);
    world.first('ep_a').answer(statusCode, '30');
    expect(world.releases).toHaveLength(6);
    world.answer('ep_a', 3);
    expect(world.offer('ep_a')).toBe(0);
    world.pass(29_900);
    expect(world.inFlight).toEqual([]);
    world.pass(200);
    world.offer('ep_a', 10);
    expect(world.inFlightTo('ep_a')).toBe(1);
  });

  test('waiting hand-offs stay in the lane during a short pause', () => {
    const world = new DispatcherWorld();
    world.offer('ep_a', 10);
    world.first('ep_a').answer(429, '1');
    expect(world.releases).toEqual([]);
  });

  test('the pause is bounded', () => {
    const world = new DispatcherWorld({ limits: { longestPushbackMs: 60_000 } });
    world.offer('ep_a', 1);
    world.answer('ep_a', 1);
    world.offer('ep_a', 1);
    world.first('ep_a').answer(503, '86400');
    world.pass(60_100);
    expect(world.offer('ep_a')).toBe(1);
    expect(world.inFlightTo('ep_a')).toBe(1);
  });

  test('a receiver that takes one request a second refuses few', () => {
    const world = new DispatcherWorld();
    let waiting = 100;
    let takesAgainAtMs = 0;
    let refused = 0;
    for (let step = 0; waiting > 0 && step < 20_000; step++) {
      waiting -= world.offer('ep_a', waiting);
      for (const posted of world.inFlight.slice()) {
        const nowMs = world.clock.monotonicMs();
        if (nowMs >= takesAgainAtMs) {
          takesAgainAtMs = nowMs + 1_000;
          posted.answer(200);
        } else {
          refused++;
          waiting++;
          posted.answer(429, '5');
        }
      }
      waiting += world.releases.length;
      world.outcomes.length = 0;
      world.pass(50);
    }
    expect(waiting).toBe(0);
    expect(refused).toBeLessThan(30);
  });
});

describe('an endpoint with requests of its former owner in flight', () => {
  const notes = { ...makeLane('ep_a').notes(0), busyMs: 30_000 };

  function noted() {
    const world = new DispatcherWorld();
    world.lanes.keep(notes);
    expect(world.offer('ep_a', 3)).toBe(0);
    expect(world.inFlight).toEqual([]);
    return world;
  }

  test('gets nothing until their deadline', () => {
    const world = noted();
    world.pass(29_900);
    expect(world.offer('ep_a', 3)).toBe(0);
    world.pass(200);
    expect(world.offer('ep_a', 3)).toBe(3);
    expect(world.inFlightTo('ep_a')).toBe(3);
  });

  test('gets its waiting deliveries as soon as the former owner says that these have ended', () => {
    const world = new DispatcherWorld();
    world.offer('ep_a', 6);
    const lane = world.lanes.of('ep_a', 'app_1');
    world.dispatcher.applyNotes(lane, { ...notes, busyMs: 1_000 }, world.clock.monotonicMs());
    world.answer('ep_a', 4);
    expect(world.inFlight).toEqual([]);
    world.dispatcher.applyNotes(lane, { ...notes, busyMs: 0 }, world.clock.monotonicMs());
    world.pass(1);
    expect(world.inFlightTo('ep_a')).toBe(2);
  });
});

describe('the breaker', () => {
  const limits = { holdThroughPauseMs: 500 };

  test('opens after failures in a row, releases waiting hand-offs, and probes with one attempt', () => {
    const world = new DispatcherWorld({ limits });
    failing(world);
    expect(world.attempts.length).toBeGreaterThanOrEqual(20);
    expect(world.attempts.length).toBeLessThan(30);
    expect(world.releases.length).toBeGreaterThan(0);
    expect(world.offer('ep_a')).toBe(0);
    world.pass(1_000);
    expect(world.offer('ep_a', 10)).toBe(1);
    expect(world.inFlightTo('ep_a')).toBe(1);
  });

  test('pauses for longer after each failed probe', () => {
    const world = new DispatcherWorld({ limits });
    failing(world);
    const probes: number[] = [];
    for (let step = 0; step < 4_000; step++) {
      world.pass(50);
      if (world.offer('ep_a') === 0) continue;
      probes.push(world.clock.monotonicMs());
      world.first('ep_a').answer(500);
    }
    const gaps = probes.slice(1).map((atMs, index) => atMs - (probes[index] ?? 0));
    expect(gaps.slice(0, 7)).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });

  test('a recovered endpoint gets few requests at first', () => {
    const world = new DispatcherWorld({ concurrency: 64, limits });
    world.offer('ep_a', 60);
    world.answer('ep_a', 60);
    world.pass(50);
    failing(world);
    world.pass(1_000);
    world.offer('ep_a');
    world.answer('ep_a');
    world.pass(0);
    world.offer('ep_a', 30);
    expect(world.inFlightTo('ep_a')).toBe(2);
    world.answer('ep_a');
    expect(world.inFlightTo('ep_a')).toBe(3);
  });

  test('an edited endpoint is tried at once', () => {
    const world = new DispatcherWorld({ limits });
    failing(world);
    expect(world.inFlight).toEqual([]);
    world.dispatcher.endpointChanged('ep_a');
    world.offer('ep_a');
    expect(world.inFlightTo('ep_a')).toBe(1);
  });
});

describe('a rate', () => {
  test('spaces the attempts, and the lane holds only hand-offs for the next seconds', () => {
    const world = new DispatcherWorld({ endpoints: { ep_a: { rateLimit: 5 } } });
    world.offer('ep_a', 60);
    for (let step = 0; step < 200; step++) {
      world.pass(50);
      while (world.inFlight.length > 0) world.first('ep_a').answer(200);
      world.offer('ep_a', 60);
    }
    expect(world.postedTo('ep_a')).toBeGreaterThanOrEqual(49);
    expect(world.postedTo('ep_a')).toBeLessThanOrEqual(52);
    expect(world.lanes.of('ep_a', 'app_1').heldCount).toBeLessThanOrEqual(20);
  });
});

test('a short pause does not end the wait for the pace of an endpoint', () => {
  const world = new DispatcherWorld({
    endpoints: { ep_a: { rateLimit: 0.1 } },
    limits: { holdThroughPauseMs: 60_000 },
  });
  world.offer('ep_a', 2);
  world.first('ep_a').answer(429, '1');
  world.pass(9_000);
  expect(world.postedTo('ep_a')).toBe(1);
  world.pass(2_000);
  expect(world.postedTo('ep_a')).toBe(2);
});

describe.each([-HOUR_MS, HOUR_MS])('a wall clock that is set by %i ms', (jumpMs) => {
  test('delays no attempt of an endpoint with a rate, and no retry of a breaker', () => {
    const world = new DispatcherWorld({ endpoints: { ep_rated: { rateLimit: 1 } } });
    world.offer('ep_rated', 2);
    world.answer('ep_rated');
    world.clock.setBy(jumpMs);
    world.pass(1_000);
    expect(world.inFlightTo('ep_rated')).toBe(1);
    failing(world);
    world.clock.setBy(jumpMs);
    world.pass(1_000);
    expect(world.inFlightTo('ep_a')).toBe(1);
  });

  test('changes no deadline and no duration', () => {
    const world = new DispatcherWorld({ policy: { timeoutMs: 10_000 } });
    world.offer('ep_a');
    expect(world.first('ep_a').request.deadlineMs).toBe(10_000);
    world.clock.setBy(jumpMs);
    world.pass(2_000);
    world.first('ep_a').answer(500);
    const [outcome] = world.attempts;
    expect(outcome?.record?.attempt.durationMs).toBe(2_000);
    expect(outcome?.record?.next).toMatchObject({ state: 'pending' });
    const { next } = outcome?.record ?? {};
    const waitMs = next?.state === 'pending' ? next.dueAt - world.clock.scheduleNow() : 0;
    expect(waitMs).toBe(5_000);
  });

  test('ends no claim early', () => {
    const world = new DispatcherWorld({ concurrency: 1 });
    world.offer('ep_a', 2);
    world.clock.setBy(jumpMs);
    world.answer('ep_a');
    expect(world.inFlightTo('ep_a')).toBe(1);
    expect(world.releases).toEqual([]);
  });
});

describe('disabling', () => {
  test('an attempt that disables releases waiting hand-offs, and nothing starts before an edit', () => {
    const world = new DispatcherWorld();
    world.offer('ep_a', 10);
    world.first('ep_a').answer(410);
    expect(world.releases).toHaveLength(6);
    world.answer('ep_a', 3);
    expect(world.offer('ep_a')).toBe(0);
    world.pass(50_000);
    expect(world.offer('ep_a')).toBe(0);
    world.dispatcher.endpointChanged('ep_a');
    expect(world.offer('ep_a')).toBe(1);
  });

  test('requests that fail after it count, and do not disable again', () => {
    const disable = { kind: 'count', failedAttempts: 2 } as const;
    const world = new DispatcherWorld({ policy: { disable } });
    const disablings = () => world.outcomes.filter(({ health }) => health?.disabled !== undefined);
    world.offer('ep_a', 4);
    for (let count = 0; count < 4; count++) world.first('ep_a').answer(500);
    expect(world.outcomes.map(({ health }) => health?.addFailed)).toEqual([1, 1, 1, 1]);
    expect(disablings()).toHaveLength(1);
    world.dispatcher.endpointChanged('ep_a');
    world.offer('ep_a');
    world.first('ep_a').answer(410);
    expect(disablings()).toHaveLength(2);
  });

  test('requests from before an edit neither count nor disable when they fail after it', () => {
    const disable = { kind: 'count', failedAttempts: 3 } as const;
    const world = new DispatcherWorld({ policy: { disable } });
    world.offer('ep_a', 4);
    const [first, second, gone, last] = world.inFlight;
    first?.answer(500);
    second?.answer(500);
    const health = () => world.outcomes.map((outcome) => outcome.health);
    expect(health()).toMatchObject([{ addFailed: 1 }, { addFailed: 1 }]);
    world.pass(1);
    world.dispatcher.endpointChanged('ep_a');
    gone?.answer(410);
    last?.answer(500);
    expect(health().slice(2)).toEqual([null, null]);
    world.pass(1);
    world.offer('ep_a');
    world.answer('ep_a', 1, 500);
    expect(health().at(-1)).toMatchObject({ addFailed: 1 });
    expect(world.attempts).toHaveLength(5);
  });

  test.each([{ disabled: { at: 0, reason: 'manual' } as const }, { pausedAt: 0 }])(
    'an endpoint that is disabled or paused gets nothing (%o)',
    (given) => {
      const world = new DispatcherWorld({ endpoints: { ep_a: given } });
      world.offer('ep_a', 3);
      expect(world.posted).toEqual([]);
      expect(world.releases).toHaveLength(3);
    },
  );
});

describe('a hand-off that cannot be attempted now', () => {
  test('is released when this machine ran short of sockets, due a second later', () => {
    const world = new DispatcherWorld();
    world.offer('ep_a');
    world.first('ep_a').respond({ failure: 'connection', localShortage: true });
    const [outcome] = world.outcomes;
    expect(outcome?.record).toBeNull();
    expect(outcome?.release?.dueAt).toBe(world.clock.scheduleNow() + 1_000);
  });

  test('is released when its claim could end during the attempt', () => {
    const world = new DispatcherWorld({ limits: { claimMs: 19_000 } });
    world.offer('ep_a');
    expect(world.posted).toEqual([]);
    expect(world.releases).toHaveLength(1);
  });
});

describe('an endpoint that another process owns now', () => {
  test('has its waiting hand-offs released, and gets nothing more', () => {
    const world = new DispatcherWorld();
    world.offer('ep_a', 10);
    world.offer('ep_b', 10);
    world.foreign.add('ep_a');
    world.releaser.releaseForeign();
    expect(world.releases.map(({ lane }) => lane.endpointId)).toEqual(Array(6).fill('ep_a'));
    expect(world.inFlight).toHaveLength(8);
  });

  test('gets nothing as soon as the lease has expired, without being told', () => {
    const world = new DispatcherWorld();
    world.offer('ep_a', 10);
    world.foreign.add('ep_a');
    world.answer('ep_a');
    expect(world.posted).toHaveLength(4);
    expect(world.releases).toHaveLength(6);
  });

  test('gets nothing by claims from before this process was declared gone', () => {
    const world = new DispatcherWorld();
    world.offer('ep_a', 10);
    world.owner = 2;
    world.answer('ep_a', 4);
    expect(world.posted).toHaveLength(4);
    expect(world.releases).toHaveLength(6);
  });
});

describe('stopping', () => {
  test('releases waiting hand-offs and lets attempts in flight finish', async () => {
    const world = new DispatcherWorld();
    world.offer('ep_a', 10);
    const stopped = world.dispatcher.stop(5_000);
    expect(world.releases).toHaveLength(6);
    expect(world.offer('ep_a')).toBe(0);
    while (world.inFlight.length > 0) world.answer('ep_a');
    await stopped;
    expect(world.attempts).toHaveLength(4);
  });

  test('abandons attempts in flight after the grace, without counting them', async () => {
    const world = new DispatcherWorld();
    world.offer('ep_a', 2);
    const stopped = world.dispatcher.stop(5_000);
    world.clock.advance(5_000);
    await stopped;
    expect(world.attempts).toEqual([]);
    expect(world.releases).toHaveLength(2);
  });
});
