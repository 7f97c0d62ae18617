import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { systemClock } from './clock.ts';

const HOUR_MS = 3_600_000;
const START = Date.UTC(2030, 0, 1);

describe('the time of the schedule', () => {
  test('is the wall clock while that runs steadily', () => {
    const clock = new ManualClock(START);
    clock.advance(1_000);
    clock.setBy(20);
    expect(clock.scheduleNow()).toBe(START + 1_020);
    clock.setBy(-40);
    expect(clock.scheduleNow()).toBe(START + 980);
  });

  test('goes on when the wall clock is set back for good', () => {
    const clock = new ManualClock(START);
    clock.setBy(-HOUR_MS);
    expect(clock.scheduleNow()).toBe(START);
    clock.advance(30 * HOUR_MS);
    expect(clock.scheduleNow()).toBe(START + 30 * HOUR_MS);
  });

  test('does not follow a wall clock that is an hour ahead for a moment', () => {
    const clock = new ManualClock(START);
    clock.setBy(HOUR_MS);
    expect(clock.scheduleNow()).toBe(START);
    clock.advance(50_000);
    expect(clock.scheduleNow()).toBe(START + 50_000);
    clock.setBy(-HOUR_MS);
    clock.advance(50_000);
    expect(clock.scheduleNow()).toBe(START + 100_000);
  });

  test('follows a wall clock that stays ahead, and then never goes back', () => {
    const clock = new ManualClock(START);
    clock.setBy(HOUR_MS);
    clock.scheduleNow();
    clock.advance(60_000);
    expect(clock.scheduleNow()).toBe(START + HOUR_MS + 60_000);
    clock.setBy(-HOUR_MS);
    expect(clock.scheduleNow()).toBe(START + HOUR_MS + 60_000);
  });
});

test('an instant is a whole number of milliseconds, even after the clock was set', () => {
  const clock = new ManualClock(START);
  clock.advance(0.4);
  clock.setBy(-HOUR_MS);
  clock.advance(0.3);
  expect(Number.isInteger(clock.scheduleNow())).toBe(true);
});

test('a timer is never early, even if it was set in a long turn of the event loop', async () => {
  const startedMs = performance.now();
  while (performance.now() - startedMs < 20);
  const setAtMs = systemClock.monotonicMs();
  await new Promise<void>((resolve) => systemClock.after(10, resolve));
  expect(systemClock.monotonicMs() - setAtMs).toBeGreaterThanOrEqual(10);
});
