import { describe, expect, test } from 'vitest';
import { DispatcherWorld, makeLane } from '../../test/support/delivery-parts.ts';
import { makeHandoff } from '../../test/support/handoffs.ts';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { Attempt } from './attempt.ts';
import { AttemptsInFlight } from './attempts-in-flight.ts';
import { Slots } from './slots.ts';
import type { Target } from './target.ts';

function begun(clock: ManualClock) {
  const attempts = new AttemptsInFlight({
    clock,
    slots: new Slots(8),
    owner: () => 1,
  });
  const begin = (messageId: string) => {
    const handoff = makeHandoff(messageId);
    const attempt = new Attempt(makeLane(), {} as Target, handoff, 0, clock.monotonicMs(), 1_000);
    attempts.begin(attempt);
    return attempt;
  };
  return { attempts, begin };
}

test('become slow one after the other, with one timer', () => {
  const clock = new ManualClock();
  const { attempts, begin } = begun(clock);
  const first = begin('m1');
  clock.advance(300);
  const quick = begin('m2');
  const last = begin('m3');
  expect(clock.pending).toBe(1);
  clock.advance(600);
  attempts.end(quick);
  clock.advance(99);
  expect(first.isSlow).toBe(false);
  clock.advance(1);
  expect([first.isSlow, first.lane.slowInFlight]).toEqual([true, 1]);
  expect(last.isSlow).toBe(false);
  clock.advance(300);
  expect(last.isSlow).toBe(true);
  expect(quick.isSlow).toBe(false);
  expect(clock.pending).toBe(0);
  attempts.end(first);
  expect([first.lane.inFlight, first.lane.slowInFlight]).toEqual([0, 0]);
});

test('become slow also when they begin after a time without any', () => {
  const clock = new ManualClock();
  const { attempts, begin } = begun(clock);
  attempts.end(begin('m1'));
  clock.advance(5_000);
  const later = begin('m2');
  clock.advance(1_000);
  expect(later.isSlow).toBe(true);
});

test('have no timer after a stop', () => {
  const clock = new ManualClock();
  const { attempts, begin } = begun(clock);
  begin('m1');
  attempts.stop();
  expect(clock.pending).toBe(0);
});

test('forget the request of a cancelled message that had its own headers', () => {
  const world = new DispatcherWorld();
  const headers = '{"x-secret":"s"}';
  world.dispatcher.enqueue([
    world.handoff('ep_a', { messageId: 'msg_1', headers }),
    world.handoff('ep_a', { messageId: 'msg_2', headers }),
    world.handoff('ep_b', { messageId: 'msg_1', headers: null }),
  ]);
  expect(world.inFlight).toHaveLength(3);
  const change = { applicationId: 'app_1', endpointId: null, messageIds: ['msg_1'] };
  world.attempting.forgetRequests({ kind: 'cancelled', ...change });
  while (world.inFlight.length > 0) world.inFlight[0]?.answer(200);
  const shown = world.attempts.map(({ record }) => record?.attempt.exchange !== null);
  expect(shown).toEqual([false, true, true]);
});

describe('a request in flight whose claim has ended', () => {
  test('is taken over by the next claim of this process, and is not sent again', () => {
    const world = new DispatcherWorld();
    const { clock, attempting } = world;
    clock.setBy(HOUR_MS);
    clock.scheduleNow();
    clock.advance(59_500);
    world.offer('ep_a', 2);
    const again = (messageId: string) => world.handoff('ep_a', { messageId });
    expect(attempting.renewClaims([again('msg_1')])).toHaveLength(1);

    clock.advance(500);
    const [first, second, third] = [again('msg_1'), again('msg_2'), again('msg_3')];
    const elsewhere = world.handoff('ep_b', { messageId: 'msg_1' });
    expect(attempting.renewClaims([first, elsewhere, second, third])).toEqual([elsewhere, third]);
    world.answer('ep_a', 1, 500);
    world.answer('ep_a', 1, 200);
    expect(world.attempts.map(({ record }) => record?.claim)).toEqual([first.claim, second.claim]);
  });

  test('is taken over when the process was away and has another number', () => {
    const world = new DispatcherWorld();
    world.offer('ep_a');
    world.owner = 2;
    const claim = { owner: 2, until: world.clock.scheduleNow() + 60_000 };
    const again = world.handoff('ep_a', { messageId: 'msg_1', claim });
    expect(world.attempting.renewClaims([again])).toEqual([]);
    world.answer('ep_a', 1, 500);
    expect(world.attempts.map(({ record }) => record?.claim)).toEqual([claim]);
  });

  test('does not prevent another attempt of its delivery', () => {
    const world = new DispatcherWorld();
    world.offer('ep_a');
    world.owner = 2;
    const resent = world.handoff('ep_a', { messageId: 'msg_1', trigger: 'manual' });
    const later = world.handoff('ep_a', { messageId: 'msg_1', attemptCount: 1 });
    expect(world.attempting.renewClaims([resent, later])).toEqual([resent, later]);
  });

  test('is known even if it is slow', () => {
    const world = new DispatcherWorld();
    world.offer('ep_a');
    world.clock.advance(world.limits.slowMs);
    world.owner = 2;
    expect(world.attempting.renewClaims([world.handoff('ep_a', { messageId: 'msg_1' })])).toEqual(
      [],
    );
  });
});

const HOUR_MS = 3_600_000;
