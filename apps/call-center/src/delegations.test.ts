import { expect, test } from 'vitest';
import { timeLeft } from './delegations.ts';

test.each([
  ['in time', 10_000, 500, 9_500],
  ['too late', 10_000, 20_000, 1],
  ['with a clock that was set back an hour', 10_000, -3_600_000, 10_000],
])('a delegation %s has its time', (_name, until, now, left) => {
  expect(timeLeft(until, now)).toBe(left);
});
