import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ManualClock } from '../test/support/manual-clock.ts';
import { type RepeatedWorkOptions, repeatWork } from './repeated-work.ts';

/** Runs are ended by the test. */
function repeated(options: Partial<RepeatedWorkOptions> = {}) {
  const clock = new ManualClock();
  const runs: PromiseWithResolvers<number | void>[] = [];
  const errors: unknown[] = [];
  const run = () => {
    const made = Promise.withResolvers<number | void>();
    runs.push(made);
    return made.promise;
  };
  const onError = (error: unknown) => void errors.push(error);
  const work = repeatWork({ clock, run, everyMs: 1_000, onError, ...options });
  const end = async (delayMs?: number) => {
    runs.at(-1)?.resolve(delayMs);
    await nextTurn();
  };
  return { work, clock, runs, errors, end };
}

test('a run follows after the time that the last one returned, or the usual time', async () => {
  const { work, clock, runs, end } = repeated();
  work.start();
  work.start();
  expect(runs).toHaveLength(1);
  await end(20);
  clock.advance(19);
  expect(runs).toHaveLength(1);
  clock.advance(1);
  expect(runs).toHaveLength(2);
  await end();
  clock.advance(999);
  expect(runs).toHaveLength(2);
  clock.advance(1);
  expect(runs).toHaveLength(3);
});

test('the first run can be later than the start', () => {
  const { work, clock, runs } = repeated({ firstAfterMs: 500 });
  work.start();
  clock.advance(499);
  expect(runs).toHaveLength(0);
  clock.advance(1);
  expect(runs).toHaveLength(1);
});

test('waking begins a run, and during a run exactly one more', async () => {
  const { work, clock, runs, end } = repeated();
  work.wake();
  expect(runs).toHaveLength(0);
  work.start();
  work.wake();
  work.wake();
  expect(runs).toHaveLength(1);
  await end(20);
  expect(runs).toHaveLength(2);
  await end(20);
  expect(runs).toHaveLength(2);
  work.wake();
  expect(runs).toHaveLength(3);
  await end(20);
  expect(clock.pending).toBe(1);
});

test('a run that failed is repeated after the usual time, also when it was asked for meanwhile', async () => {
  const { work, clock, runs, errors } = repeated();
  work.start();
  work.wake();
  runs[0]?.reject(new Error('no'));
  await nextTurn();
  expect(errors).toEqual([new Error('no')]);
  clock.advance(999);
  expect(runs).toHaveLength(1);
  clock.advance(1);
  expect(runs).toHaveLength(2);
});

test('a stop waits for the run under way, tells it, and begins no other', async () => {
  let isStopped = () => false;
  const ended = Promise.withResolvers<void>();
  const { work, clock, errors } = repeated({
    run: (given) => {
      isStopped = given;
      return ended.promise;
    },
  });
  work.start();
  work.wake();
  expect(isStopped()).toBe(false);
  const stopped = work.stop();
  expect(isStopped()).toBe(true);
  ended.reject(new Error('the storage is closed'));
  await stopped;
  await work.stop();
  work.start();
  work.wake();
  expect(clock.pending).toBe(0);
  expect(errors).toEqual([]);
});
