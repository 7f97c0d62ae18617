import { beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../../../test/support/manual-clock.ts';
import { Pulse } from './pulse.ts';

let clock: ManualClock;
let pulse: Pulse;
let beats: number[];
let end: (failure?: Error) => void;

beforeEach(() => {
  clock = new ManualClock();
  beats = [];
  pulse = new Pulse({
    clock,
    beat() {
      beats.push(clock.monotonicMs());
      return new Promise((resolve, reject) => {
        end = (failure) => (failure ? reject(failure) : resolve());
      });
    },
    restMs: 25,
    everyMs: () => 400,
  });
});

/** Ends the beat in progress. */
async function ends(failure?: Error): Promise<void> {
  end(failure);
  await settled();
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
}

test('beats regularly, even if a beat fails', async () => {
  pulse.start();
  clock.advance(399);
  expect(beats).toHaveLength(0);
  clock.advance(1);
  expect(beats).toHaveLength(1);
  await ends(new Error('the database is away'));
  clock.advance(400);
  expect(beats).toHaveLength(2);
});

test('rests after the end of each beat, even a slow one', async () => {
  pulse.start();
  clock.advance(400);
  clock.advance(2_000);
  expect(beats).toHaveLength(1);
  await ends();
  clock.advance(399);
  expect(beats).toHaveLength(1);
  clock.advance(1);
  expect(beats).toHaveLength(2);
});

test('beats at once when asked after the rest', () => {
  pulse.start();
  clock.advance(25);
  pulse.beatNow();
  expect(beats).toHaveLength(1);
});

test('beats once for all requests during a beat or the rest after it', async () => {
  pulse.start();
  clock.advance(400);
  pulse.beatNow();
  await ends();
  pulse.beatNow();
  clock.advance(24);
  pulse.beatNow();
  expect(beats).toHaveLength(1);
  clock.advance(1);
  expect(beats).toHaveLength(2);
  await ends();
  clock.advance(399);
  expect(beats).toHaveLength(2);
});

test('a request before the start causes a beat after the first rest', () => {
  pulse.beatNow();
  clock.advance(1_000);
  expect(beats).toHaveLength(0);
  pulse.start();
  clock.advance(25);
  expect(beats).toHaveLength(1);
});

test('stops when the beat in progress has ended, and beats no more', async () => {
  pulse.start();
  clock.advance(400);
  let stopped = false;
  void pulse.stop().then(() => {
    stopped = true;
  });
  pulse.beatNow();
  await settled();
  expect(stopped).toBe(false);
  await ends();
  expect(stopped).toBe(true);
  pulse.beatNow();
  clock.advance(1_000);
  expect(beats).toHaveLength(1);
});
