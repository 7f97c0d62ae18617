import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import { LOOK_EVERY_MS, collectWhenIdle } from './collect-when-idle.ts';

describe('collectWhenIdle', () => {
  test('collects once after the start, when the thread is idle', () => {
    const thread = start();
    thread.passes({ busyMs: 2_000 });
    expect(thread.collections).toBe(0);
    thread.passes({ busyMs: 100 });
    expect(thread.collections).toBe(1);
    for (let count = 0; count < 5; count++) thread.passes({ busyMs: 100 });
    expect(thread.collections).toBe(1);
  });

  test('collects again after each busy time, and not during it', () => {
    const thread = start();
    thread.passes({ busyMs: 0 });
    for (let round = 1; round <= 3; round++) {
      for (let count = 0; count < 3; count++) thread.passes({ busyMs: 101 });
      expect(thread.collections).toBe(round);
      thread.passes({ busyMs: 0 });
      expect(thread.collections).toBe(round + 1);
    }
  });

  test('does not count its own collection as work', () => {
    const thread = start({ collectionMs: 400 });
    for (let count = 0; count < 5; count++) thread.passes({ busyMs: 0 });
    expect(thread.collections).toBe(1);
  });

  test('collects nothing after its stop', () => {
    const thread = start();
    thread.stop();
    thread.passes({ busyMs: 0 });
    expect(thread.collections).toBe(0);
    expect(thread.timers()).toBe(0);
  });

  test('does nothing where Node.js exposes no garbage collection', () => {
    expect(globalThis.gc).toBeUndefined();
    const every = () => {
      throw new Error('looked');
    };
    collectWhenIdle({ every })();
  });
});

function start({ collectionMs = 0 } = {}) {
  const clock = new ManualClock();
  let busyMs = 0;
  const thread = {
    collections: 0,
    stop: collectWhenIdle({
      collect() {
        busyMs += collectionMs;
        thread.collections++;
      },
      busyMs: () => busyMs,
      every(intervalMs, look) {
        let cancel = () => {};
        const wait = () => (cancel = clock.after(intervalMs, () => (wait(), look())));
        wait();
        return () => cancel();
      },
    }),
    timers: () => clock.pending,
    /** Moves to the next look; the thread was busy for `busyMs` of that time. */
    passes(time: { busyMs: number }) {
      busyMs += time.busyMs;
      clock.advance(LOOK_EVERY_MS);
    },
  };
  return thread;
}
