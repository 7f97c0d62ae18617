import { performance } from 'node:perf_hooks';

/**
 * Gives the memory of a busy time back when the main thread has come to rest. V8 does that in full
 * collections, and an idle thread never reaches one: seconds after 20,000 events the server stands
 * at 130 MB instead of at its peak of 160 MB. (The same in the threads of the storage gave 5 MB.)
 * Needs `--expose-gc`, and does nothing without it. Returns a function that stops it.
 */
export function collectWhenIdle(): () => void {
  const collect = globalThis.gc;
  if (collect === undefined) return () => {};
  let last = performance.eventLoopUtilization();
  let wasBusy = true;
  const timer = setInterval(() => {
    const { active } = performance.eventLoopUtilization(last);
    last = performance.eventLoopUtilization();
    if (active > BUSY_MS) {
      wasBusy = true;
    } else if (wasBusy) {
      wasBusy = false;
      // Only the thorough kind gives back what the young generation took.
      collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    }
  }, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

const LOOK_EVERY_MS = 5_000;
/** Of each look's time: a server that is called now and then is idle, too. */
const BUSY_MS = 100;
