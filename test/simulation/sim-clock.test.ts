import { expect, it } from 'vitest';
import { Dice } from './dice.ts';
import { SimClock, WORLD_BEGAN_AT } from './sim-clock.ts';

function clock(): SimClock {
  return new SimClock(new Dice(1, 'clock'));
}

it('runs events in the order of their times, and those of one time in the order of the calls', async () => {
  const sim = clock();
  const ran: string[] = [];
  const dice = new Dice(7, 'order');
  const times = Array.from({ length: 200 }, () => dice.int(0, 40));
  for (const [place, atMs] of times.entries()) sim.at(atMs, () => ran.push(`${atMs}:${place}`));
  await sim.runUntil(100);
  const wanted = [...times.entries()].toSorted(([, a], [, b]) => a - b);
  expect(ran).toEqual(wanted.map(([place, atMs]) => `${atMs}:${place}`));
  expect(sim.nowMs).toBe(100);
});

it('settles all promises between two events', async () => {
  const sim = clock();
  const ran: string[] = [];
  sim.after(1, () => {
    void (async () => {
      for (let turn = 0; turn < 50; turn++) await Promise.resolve();
      ran.push('settled');
    })();
  });
  sim.after(1, () => ran.push('next'));
  await sim.runUntil(2);
  expect(ran).toEqual(['settled', 'next']);
});

it('runs no event that was cancelled or is later than the end', async () => {
  const sim = clock();
  const ran: number[] = [];
  sim.after(1, () => ran.push(1))();
  sim.after(5, () => ran.push(5));
  await sim.runUntil(4);
  expect(ran).toEqual([]);
  await sim.runUntil(5);
  expect(ran).toEqual([5]);
});

it('sets the wall clock of a process, and drops the timers of an ended process', async () => {
  const sim = clock();
  let alive = true;
  const ran: string[] = [];
  const mine = sim.ofProcess((work) => alive && work());
  mine.after(10, () => ran.push('first'));
  mine.after(20, () => ran.push('second'));
  await sim.runUntil(15);
  sim.offsetMs = 3_600_000;
  alive = false;
  await sim.runUntil(50);
  expect(ran).toEqual(['first']);
  expect(mine.now()).toBe(WORLD_BEGAN_AT + 50 + 3_600_000);
  expect(mine.monotonicMs()).toBe(50);
  expect(mine.scheduleNow()).toBe(WORLD_BEGAN_AT + 50);
});
