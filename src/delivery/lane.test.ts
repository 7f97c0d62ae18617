import { describe, expect, test } from 'vitest';
import { makeLane } from '../../test/support/delivery-parts.ts';
import { makeHandoff } from '../../test/support/handoffs.ts';
import type { Lane, Verdict } from './lane.ts';
import { isWorthTelling } from './lanes.ts';

const QUICK_SUCCESS: Verdict = { kind: 'success', slow: false, pauseMs: 0 };
const FAILURE: Verdict = { kind: 'failure', slow: false, pauseMs: 0 };
const REFUSAL: Verdict = { kind: 'refusal', slow: false, pauseMs: 0 };

function pushback(pauseMs: number): Verdict {
  return { kind: 'pushback', slow: false, pauseMs };
}

function opened(): Lane {
  const lane = makeLane();
  for (let count = 0; count < 20; count++) lane.judge(FAILURE, 32, 0);
  return lane;
}

describe('the state', () => {
  test('is the first one that applies', () => {
    const lane = makeLane();
    expect(lane.state(0)).toBe('flowing');
    lane.pacedUntilMs = 100;
    expect(lane.state(0)).toBe('paced');
    lane.judge(pushback(50), 32, 0);
    expect(lane.state(0)).toBe('paused');
    lane.reading = true;
    expect(lane.state(0)).toBe('reading');
    lane.disabled = true;
    expect(lane.state(0)).toBe('disabled');
  });

  test('ends with time: paused, then probing, and flowing after a success', () => {
    const lane = opened();
    expect(lane.state(999)).toBe('paused');
    expect(lane.state(1_000)).toBe('probing');
    lane.judge(QUICK_SUCCESS, 32, 1_000);
    expect(lane.state(1_000)).toBe('flowing');
  });

  test('a late success ends the pause of the breaker, and not that of a pushback', () => {
    const lane = opened();
    lane.judge(QUICK_SUCCESS, 32, 10);
    expect(lane.state(10)).toBe('flowing');
    lane.judge(pushback(5_000), 32, 10);
    lane.judge(QUICK_SUCCESS, 32, 20);
    expect(lane.state(20)).toBe('paused');
  });

  test('a shorter pushback never shortens a pause', () => {
    const lane = makeLane();
    lane.judge(pushback(5_000), 32, 0);
    lane.judge(pushback(1_000), 32, 0);
    expect(lane.pausedUntilMs(0)).toBe(5_000);
  });
});

describe('the standing', () => {
  test.each([
    ['quick', QUICK_SUCCESS],
    ['quick', REFUSAL],
    ['sick', { ...QUICK_SUCCESS, slow: true }],
    ['sick', FAILURE],
    ['sick', pushback(0)],
  ] as const)('is %s after %o', (standing, verdict) => {
    const lane = makeLane();
    expect(lane.standing).toBe('new');
    lane.judge(verdict, 32, 0);
    expect(lane.standing).toBe(standing);
  });

  test('is sick while a request in flight is slow, whatever the results of other requests', () => {
    const lane = makeLane();
    lane.slowInFlight = 1;
    lane.judge(QUICK_SUCCESS, 32, 0);
    expect(lane.standing).toBe('sick');
    lane.slowInFlight = 0;
    expect(lane.standing).toBe('quick');
  });
});

describe('a refusal', () => {
  test('does not change the window, because the endpoint works', () => {
    const lane = makeLane();
    lane.judge(QUICK_SUCCESS, 32, 0);
    lane.judge(REFUSAL, 32, 0);
    expect(lane.window.within(32)).toBe(5);
  });

  test('counts for the breaker, because a backlog should not be sent only to be refused', () => {
    const lane = makeLane();
    for (let count = 0; count < 20; count++) lane.judge(REFUSAL, 32, 0);
    expect(lane.state(0)).toBe('paused');
  });
});

test('of several requests at the same time slows the pace down once', () => {
  const lane = makeLane();
  for (let count = 0; count < 4; count++) lane.judge(pushback(1_000), 32, 0);
  expect(lane.pace.rate(null)).toBe(1);
  lane.judge(pushback(1_000), 32, 1_000);
  expect(lane.pace.rate(null)).toBe(0.5);
});

test('an edit makes the lane forget failures, pauses and the learned rate', () => {
  const lane = opened();
  lane.judge(pushback(5_000), 32, 0);
  lane.disabled = true;
  lane.health = { failingSince: 1, lastFailedAt: 1, failedCount: 20 };
  lane.forgive(0);
  expect(lane.state(0)).toBe('flowing');
  expect({ standing: lane.standing, health: lane.health, rate: lane.pace.rate(null) }).toEqual({
    standing: 'new',
    health: null,
    rate: null,
  });
});

test('an edit resets a wide window to that of a new lane, and keeps a small one', () => {
  const lane = makeLane();
  const first = lane.window.within(32);
  while (lane.window.within(32) < 20) lane.window.succeeded(false, 32);
  lane.forgive(0);
  expect(lane.window.within(32)).toBe(first);
  lane.window.restart();
  lane.forgive(0);
  expect(lane.window.within(32)).toBe(1);
});

test('says that deliveries wait for its rate only while some wait', () => {
  const lane = makeLane();
  lane.pacedUntilMs = 100;
  expect([lane.isSlowed(50), lane.notes(50).paced]).toEqual([false, false]);
  lane.waiting.push(makeHandoff('msg_1'));
  expect([lane.isSlowed(50), lane.notes(50).paced]).toEqual([true, true]);
  expect([lane.isSlowed(100), lane.notes(100).paced]).toEqual([false, false]);
});

describe('the next owner', () => {
  function nextOf(lane: Lane, nowMs: number): Lane {
    const next = makeLane();
    next.applyNotes(lane.notes(nowMs), nowMs);
    return next;
  }

  test('keeps the pause, the narrowed window and the learned rate', () => {
    const lane = makeLane();
    lane.judge(pushback(5_000), 32, 0);
    const next = nextOf(lane, 1_000);
    expect(next.pausedUntilMs(1_000)).toBe(5_000);
    expect(next.window.within(32)).toBe(1);
    expect(next.pace.rate(null)).toBe(1);
  });

  test('probes if the breaker was not closed, and continues with its pause', () => {
    const next = nextOf(opened(), 100);
    expect(next.state(999)).toBe('paused');
    expect(next.state(1_000)).toBe('probing');
    next.judge(FAILURE, 32, 1_000);
    expect(next.state(2_999)).toBe('paused');
    expect(next.state(3_000)).toBe('probing');
  });

  test('waits for requests in flight of the former owner until it hears of their end', () => {
    const lane = makeLane();
    const next = makeLane();
    next.applyNotes({ ...lane.notes(0), busyMs: 30_000 }, 0);
    expect(next.state(29_999)).toBe('paused');
    next.forgive(0);
    expect(next.state(10)).toBe('paused');
    expect(nextOf(next, 10_000).pausedUntilMs(10_000)).toBe(30_000);
    next.applyNotes(lane.notes(20), 20);
    expect(next.state(20)).toBe('flowing');
  });

  test('begins with a new lane when the endpoint is healthy', () => {
    const lane = makeLane();
    for (let count = 0; count < 40; count++) lane.judge(QUICK_SUCCESS, 32, 0);
    expect(isWorthTelling(lane.notes(0))).toBe(false);
  });
});
