import { beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../../../test/support/manual-clock.ts';
import { Lease } from './lease.ts';

let clock: ManualClock;
let lease: Lease;

beforeEach(() => {
  clock = new ManualClock();
  lease = new Lease(clock, {
    leaseMs: 8_000,
    patienceMs: 4_000,
    marginMs: 1_000,
    currentMs: 1_000,
    changesKeptMs: 5_000,
    steadyMs: 2_000,
  });
});

/** Moves the clock with heartbeats that are answered at once. */
function beat(forMs: number): void {
  for (let passed = 0; passed < forMs; passed += 400) {
    clock.advance(400);
    lease.renewed(clock.monotonicMs());
  }
}

test('holds nothing before the first heartbeat', () => {
  expect(lease.holds).toBe(false);
  expect(lease.isCurrent).toBe(false);
  expect(lease.mayJudge).toBe(false);
});

test('counts from the sending of the heartbeat, not from its answer', () => {
  const sentMs = clock.monotonicMs();
  clock.advance(3_000);
  lease.renewed(sentMs);
  expect(lease.isCurrent).toBe(false);
  clock.advance(3_999);
  expect(lease.holds).toBe(true);
  clock.advance(1);
  expect(lease.holds).toBe(false);
});

test('has expired as soon as a process that was suspended for longer goes on', () => {
  beat(2_000);
  clock.advance(60_000);
  expect(lease.holds).toBe(false);
  expect(lease.isCurrent).toBe(false);
});

test('does not follow the wall clock when that is set', () => {
  lease.renewed(clock.monotonicMs());
  clock.setBy(3_600_000);
  expect(lease.holds).toBe(true);
  clock.setBy(-7_200_000);
  clock.advance(7_000);
  expect(lease.holds).toBe(false);
});

test('tells of a gap when an interruption was longer than changes are kept', () => {
  expect(lease.renewed(clock.monotonicMs())).toEqual({ regained: true, gap: true });
  clock.advance(5_000);
  expect(lease.renewed(clock.monotonicMs())).toEqual({ regained: false, gap: false });
  clock.advance(7_001);
  expect(lease.renewed(clock.monotonicMs())).toEqual({ regained: true, gap: true });
});

test('judges others from the start, but after an interruption only once it is steady again', () => {
  lease.renewed(clock.monotonicMs());
  expect(lease.mayJudge).toBe(true);
  clock.advance(20_000);
  expect(lease.mayJudge).toBe(false);
  lease.renewed(clock.monotonicMs());
  expect(lease.mayJudge).toBe(false);
  beat(1_600);
  expect(lease.mayJudge).toBe(false);
  beat(800);
  expect(lease.mayJudge).toBe(true);
});

test('judges sessions from the start, but after an interruption only when all had the time to come back', () => {
  lease.renewed(clock.monotonicMs());
  expect(lease.mayJudgeSessions).toBe(true);
  clock.advance(3_000);
  lease.renewed(clock.monotonicMs());
  beat(11_600);
  expect(lease.mayJudge).toBe(true);
  expect(lease.mayJudgeSessions).toBe(false);
  beat(400);
  expect(lease.mayJudgeSessions).toBe(true);
});

test('ends when the database says so', () => {
  lease.renewed(clock.monotonicMs());
  lease.end();
  expect(lease.holds).toBe(false);
});
