import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { Lanes, slowedLanes } from './lanes.ts';

function lanesOn(clock: ManualClock) {
  const forgotten: string[] = [];
  const lanes = new Lanes({
    clock,
    random: () => 0.5,
    firstWindow: 4,
    onForget: ({ endpointId }) => forgotten.push(endpointId),
    onNoted: (lane, notes, atMs) => lane.applyNotes(notes, atMs),
  });
  return { lanes, forgotten };
}

test('an idle lane is forgotten after a while, a lane in use is not', () => {
  const clock = new ManualClock();
  const { lanes, forgotten } = lanesOn(clock);
  lanes.of('ep_idle', 'app_1');
  const busy = lanes.of('ep_busy', 'app_1');
  busy.heldCount = 1;
  clock.advance(120_000);
  expect(forgotten).toEqual(['ep_idle']);
  expect(lanes.get('ep_busy')).toBe(busy);
});

test('a lane whose breaker is open is kept for longer, but not for ever', () => {
  const clock = new ManualClock();
  const { lanes, forgotten } = lanesOn(clock);
  const lane = lanes.of('ep_sick', 'app_1');
  for (let count = 0; count < 20; count++) {
    lane.judge({ kind: 'failure', slow: false, pauseMs: 0 }, 32, clock.monotonicMs());
  }
  clock.advance(300_000);
  expect(forgotten).toEqual([]);
  clock.advance(400_000);
  expect(forgotten).toEqual(['ep_sick']);
  expect(clock.pending).toBe(0);
});

test('a hundred thousand endpoints that failed once leave nothing behind', () => {
  const clock = new ManualClock();
  const { lanes } = lanesOn(clock);
  for (let index = 0; index < 100_000; index++) {
    const lane = lanes.of(`ep_${index}`, 'app_1');
    lane.health = { failingSince: 1, lastFailedAt: 1, failedCount: 1 };
  }
  clock.advance(180_000);
  expect([...lanes.all()]).toEqual([]);
});

test('a lane that is asked for after the stop starts no timer', () => {
  const clock = new ManualClock();
  const { lanes } = lanesOn(clock);
  lanes.of('ep_before', 'app_1');
  lanes.stop();
  lanes.of('ep_after', 'app_1');
  expect(clock.pending).toBe(0);
});

test('slowedLanes lists lanes that results have slowed down, the longest paused first', () => {
  const { lanes } = lanesOn(new ManualClock());
  const [pushedBack, open, narrowed, disabled] = ['ep_1', 'ep_2', 'ep_3', 'ep_4'].map((id) =>
    lanes.of(id, 'app_1'),
  );
  lanes.of('ep_well', 'app_1').inFlight = 1;
  const failure = { kind: 'failure', slow: false, pauseMs: 0 } as const;
  for (let count = 0; count < 20; count++) open?.judge(failure, 32, 0);
  pushedBack?.judge({ kind: 'pushback', slow: false, pauseMs: 9_000 }, 32, 0);
  narrowed?.judge(failure, 32, 0);
  disabled?.judge(failure, 32, 0);
  if (disabled !== undefined) disabled.disabled = true;
  const slowed = (owns = (_id: string) => true) => slowedLanes(lanes.all(), 0, owns);
  expect(slowed()).toMatchObject([
    { endpointId: 'ep_1', pauseMs: 9_000, rate: 1, window: 1 },
    { endpointId: 'ep_2', pauseMs: 1_000, breakerPauseMs: 1_000, window: 1 },
    { endpointId: 'ep_3', pauseMs: 0, window: 2 },
  ]);
  expect(slowed((id) => id === 'ep_3')).toHaveLength(1);
});

describe('the state of an endpoint that is given up', () => {
  function givenUp() {
    const clock = new ManualClock();
    const { lanes } = lanesOn(clock);
    const lane = lanes.of('ep_1', 'app_1');
    lane.judge({ kind: 'pushback', slow: false, pauseMs: 300_000 }, 32, clock.monotonicMs());
    lanes.forget(lane);
    return { clock, lanes };
  }

  test('is restored when the endpoint comes back', () => {
    const { clock, lanes } = givenUp();
    clock.advance(200_000);
    const lane = lanes.of('ep_1', 'app_1');
    expect(lane.pausedUntilMs(clock.monotonicMs()) - clock.monotonicMs()).toBe(100_000);
    expect(lane.pace.rate(null)).toBe(1);
    expect(lane.window.within(32)).toBe(1);
  });

  test('is forgotten at the end of its pause', () => {
    const { clock, lanes } = givenUp();
    clock.advance(400_000);
    expect(clock.pending).toBe(0);
    expect(lanes.of('ep_1', 'app_1').window.within(32)).toBe(4);
  });

  test('is forgotten when a person changes the endpoint, except requests in flight', () => {
    const { clock, lanes } = givenUp();
    const { lanes: others } = lanesOn(clock);
    others.keep({ ...lanes.of('ep_1', 'app_1').notes(clock.monotonicMs()), busyMs: 20_000 });
    others.forgive('ep_1');
    const lane = others.of('ep_1', 'app_1');
    expect(lane.pausedUntilMs(clock.monotonicMs()) - clock.monotonicMs()).toBe(20_000);
    expect(lane.pace.rate(null)).toBeNull();
  });
});

test('stopping ends every timer', () => {
  const clock = new ManualClock();
  const { lanes } = lanesOn(clock);
  lanes.of('ep_1', 'app_1').cancelTimer = clock.after(1_000, () => {});
  lanes.stop();
  expect(clock.pending).toBe(0);
});
