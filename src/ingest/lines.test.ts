import { expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { Lines } from './lines.ts';

interface World {
  readonly lines: Lines<number>;
  readonly clock: ManualClock;
  /** The entries, in the order in which they began to run. */
  readonly ran: number[];
  /** Ends the earliest run of the entry that has not ended. */
  readonly end: (entry: number, done?: boolean) => Promise<void>;
}

function world(limit = 100): World {
  const clock = new ManualClock();
  const ran: number[] = [];
  const running: { entry: number; resolve: (done: boolean) => void }[] = [];
  const lines = new Lines<number>({
    limit,
    run(entry) {
      ran.push(entry);
      return new Promise((resolve) => running.push({ entry, resolve }));
    },
    clock,
    random: () => 1,
  });
  return {
    lines,
    clock,
    ran,
    async end(entry, done = true) {
      const at = running.findIndex((one) => one.entry === entry);
      running.splice(at, 1)[0]?.resolve(done);
      await Promise.resolve();
      await Promise.resolve();
    },
  };
}

it('begins the entries of a line in order, and runs as many at the same time as the limit says', async () => {
  const { lines, ran, end } = world(2);
  for (const entry of [1, 2, 3]) lines.add('a', entry);
  expect(ran).toEqual([1, 2]);
  await end(2);
  expect(ran).toEqual([1, 2, 3]);
});

it('puts an entry that must run again back in its place, pauses the line, and probes with one entry', async () => {
  const { lines, clock, ran, end } = world();
  for (const entry of [1, 2, 3]) lines.add('a', entry);
  await end(3, false);
  await end(1, false);
  await end(2, false);
  lines.add('a', 4);
  clock.advance(99);
  expect(ran.splice(0)).toEqual([1, 2, 3]);
  clock.advance(1);
  expect(ran.splice(0)).toEqual([1]);
  await end(1);
  expect(ran.splice(0)).toEqual([2, 3]);
  await end(2);
  expect(ran.splice(0)).toEqual([4]);
});

it('pauses twice as long each time, five seconds at most, until an entry is done', async () => {
  const { lines, clock, ran, end } = world();
  lines.add('a', 1);
  for (const pauseMs of [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]) {
    await end(1, false);
    ran.length = 0;
    clock.advance(pauseMs - 1);
    expect(ran).toEqual([]);
    clock.advance(1);
    expect(ran).toEqual([1]);
  }
  await end(1);
  lines.add('a', 2);
  await end(2, false);
  clock.advance(100);
  expect(ran).toEqual([1, 2, 2]);
});

it('does not let one line wait for another', async () => {
  const { lines, ran, end } = world();
  lines.add('a', 1);
  await end(1, false);
  lines.add('b', 2);
  expect(ran).toEqual([1, 2]);
});

it('is idle once nothing waits or runs, and drops waiting entries when it is cleared', async () => {
  const { lines, clock, ran, end } = world(1);
  let idle = false;
  lines.add('a', 1);
  lines.add('a', 2);
  void lines.idle().then(() => (idle = true));
  lines.clear();
  expect(idle).toBe(false);
  await end(1);
  expect(idle).toBe(true);
  await lines.idle();
  lines.add('b', 3);
  await end(3, false);
  lines.clear();
  await lines.idle();
  expect(clock.pending).toBe(0);
  expect(ran).toEqual([1, 3]);
});

it('starts nothing after its stop', async () => {
  const { lines, clock, ran, end } = world();
  lines.add('a', 1);
  lines.stop();
  lines.add('a', 2);
  await end(1, false);
  clock.advance(10_000);
  await lines.idle();
  expect(ran).toEqual([1]);
});
