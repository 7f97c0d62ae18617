import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { Lanes } from './lanes.ts';

function lanesOn(clock: ManualClock) {
  const forgotten: string[] = [];
  const lanes = new Lanes({
    clock,
    random: () => 0.5,
    firstWindow: 4,
    onForget: ({ endpointId }) => forgotten.push(endpointId),
    onNoted: (lane, notes, atMs) => lane.heed(notes, atMs),
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

describe('what is known of an endpoint that is given up', () => {
  function givenUp() {
    const clock = new ManualClock();
    const { lanes } = lanesOn(clock);
    const lane = lanes.of('ep_1', 'app_1');
    lane.judge({ kind: 'pushback', slow: false, pauseMs: 300_000 }, 32, clock.monotonicMs());
    lanes.forget(lane);
    return { clock, lanes };
  }

  test('is known again when it comes back', () => {
    const { clock, lanes } = givenUp();
    clock.advance(200_000);
    const lane = lanes.of('ep_1', 'app_1');
    expect(lane.pausedUntilMs(clock.monotonicMs()) - clock.monotonicMs()).toBe(100_000);
    expect(lane.pace.rate(null)).toBe(1);
    expect(lane.window.within(32)).toBe(1);
  });

  test('is forgotten when its pause is over', () => {
    const { clock, lanes } = givenUp();
    clock.advance(400_000);
    expect(clock.pending).toBe(0);
    expect(lanes.of('ep_1', 'app_1').window.within(32)).toBe(4);
  });

  test('is forgotten when a person changes the endpoint, but for requests in flight', () => {
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
