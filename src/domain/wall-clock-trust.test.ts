import { expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { watchWallClock } from './wall-clock-trust.ts';

const HOUR_MS = 60 * 60_000;

it.each([HOUR_MS, -HOUR_MS])('a wall clock that is set by %d ms is trusted an hour later', (ms) => {
  const clock = new ManualClock();
  const isTrusted = watchWallClock(clock);
  expect(isTrusted()).toBe(true);
  clock.setBy(ms);
  expect(isTrusted()).toBe(false);
  clock.advance(HOUR_MS - 1);
  expect(isTrusted()).toBe(false);
  clock.advance(1);
  expect(isTrusted()).toBe(true);
});

it('a wall clock that goes back to where it was is trusted an hour after that', () => {
  const clock = new ManualClock();
  const isTrusted = watchWallClock(clock);
  clock.setBy(HOUR_MS);
  expect(isTrusted()).toBe(false);
  clock.advance(HOUR_MS / 2);
  clock.setBy(-HOUR_MS);
  expect(isTrusted()).toBe(false);
  clock.advance(HOUR_MS / 2);
  expect(isTrusted()).toBe(false);
  clock.advance(HOUR_MS / 2);
  expect(isTrusted()).toBe(true);
});

it('small corrections, and any passing of time, are trusted', () => {
  const clock = new ManualClock();
  const isTrusted = watchWallClock(clock);
  clock.advance(48 * HOUR_MS);
  clock.setBy(30_000);
  expect(isTrusted()).toBe(true);
  clock.setBy(-30_000);
  expect(isTrusted()).toBe(true);
});
