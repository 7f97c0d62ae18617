import { expect, test } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import type { Linked } from './linked-list.ts';
import { Deadlines } from './deadlines.ts';

interface Item extends Linked<Item> {
  readonly deadlineAtMs: number;
  readonly onPassed: () => void;
}

function startDeadlines(clock: ManualClock): Deadlines<Item> {
  const deadlines = new Deadlines<Item>(clock, (passed) => {
    deadlines.delete(passed);
    passed.onPassed();
  });
  return deadlines;
}

function item(deadlines: Deadlines<Item>, deadlineAtMs: number, onPassed: () => void): Item {
  const added = { deadlineAtMs, onPassed, previous: null, next: null };
  deadlines.add(added);
  return added;
}

test('each item passes at its deadline, whatever the order of arrival', () => {
  const clock = new ManualClock();
  const deadlines = startDeadlines(clock);
  const log: number[] = [];
  for (const at of [500, 100, 300, 100]) item(deadlines, at, () => log.push(at));
  clock.advance(99);
  expect(log).toEqual([]);
  clock.advance(1);
  expect(log).toEqual([100, 100]);
  clock.advance(400);
  expect(log).toEqual([100, 100, 300, 500]);
  expect(clock.pending).toBe(0);
});

test('has one timer for a thousand items, and none after they are removed and it has fired', () => {
  const clock = new ManualClock();
  const deadlines = startDeadlines(clock);
  const items = Array.from({ length: 1000 }, (_, i) => item(deadlines, 1000 + i, () => {}));
  expect(clock.pending).toBe(1);
  for (const one of items) deadlines.delete(one);
  clock.advance(1000);
  expect(clock.pending).toBe(0);
});

test('an item that is added when another passes, passes in time, even before earlier ones', () => {
  const clock = new ManualClock();
  const deadlines = startDeadlines(clock);
  const log: number[] = [];
  item(deadlines, 100, () => item(deadlines, 150, () => log.push(clock.monotonicMs())));
  item(deadlines, 500, () => log.push(clock.monotonicMs()));
  clock.advance(499);
  expect(log).toEqual([150]);
  clock.advance(1);
  expect(log).toEqual([150, 500]);
});
