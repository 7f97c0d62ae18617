import { expect, test } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { Deadlines } from './deadlines.ts';

function item(
  deadlines: Deadlines<{ deadlineAt: number; expire(): void }>,
  deadlineAt: number,
  log: number[],
) {
  const self = {
    deadlineAt,
    expire() {
      log.push(deadlineAt);
      deadlines.delete(self);
    },
  };
  deadlines.add(self);
  return self;
}

test('expires each item at its deadline, whatever the order of arrival', () => {
  const clock = new ManualClock(0);
  const deadlines = new Deadlines<{ deadlineAt: number; expire(): void }>(clock);
  const log: number[] = [];
  for (const at of [500, 100, 300, 100]) item(deadlines, at, log);
  clock.advance(99);
  expect(log).toEqual([]);
  clock.advance(1);
  expect(log).toEqual([100, 100]);
  clock.advance(400);
  expect(log).toEqual([100, 100, 300, 500]);
  expect(clock.pending).toBe(0);
});

test('holds one timer for a thousand items, and none after they are gone and it fired', () => {
  const clock = new ManualClock(0);
  const deadlines = new Deadlines<{ deadlineAt: number; expire(): void }>(clock);
  const items = Array.from({ length: 1000 }, (_, i) => item(deadlines, 1000 + i, []));
  expect(clock.pending).toBe(1);
  for (const one of items) deadlines.delete(one);
  clock.advance(1000);
  expect(clock.pending).toBe(0);
});
