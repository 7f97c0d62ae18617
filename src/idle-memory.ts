import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

/**
 * Gives the memory of a busy time back when this thread has come to rest. V8 does that in its full
 * collections, and a thread that does nothing never reaches one: after a burst it would stand at
 * its peak for as long as it is idle. A thread takes part only if it was started after the main
 * thread has called this: a program that uses the library is left alone. Returns what ends it.
 */
export function returnMemoryWhenIdle(): () => void {
  const collect = isMainThread ? takeOverCollecting() : globalThis.gc;
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

function takeOverCollecting(): typeof globalThis.gc {
  // An idle heap is collected here alone: V8 would do so again half a minute later, and find nothing.
  setFlagsFromString('--memory-reducer-gc-count=0');
  // The flag makes `gc` appear in contexts that are made after it, threads' ones included.
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as typeof globalThis.gc;
}
