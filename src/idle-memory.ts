import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Gives the memory of a busy time back when this thread has come to rest. V8 does that in its full
 * collections, and a thread that does nothing never reaches one: after a burst it would stand at
 * its peak for as long as it is idle. Returns what ends it.
 */
export function returnMemoryWhenIdle(): () => void {
  const collect = garbageCollector();
  let last = performance.eventLoopUtilization();
  let wasBusy = true;
  const timer = setInterval(() => {
    const { active } = performance.eventLoopUtilization(last);
    last = performance.eventLoopUtilization();
    if (active > BUSY_MS) {
      wasBusy = true;
    } else if (wasBusy) {
      wasBusy = false;
      collect({ type: 'major', flavor: 'last-resort', execution: 'sync' });
    }
  }, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

const LOOK_EVERY_MS = 5_000;
/** Of each look's time: a server that is called now and then is idle, too. */
const BUSY_MS = 100;

type Collect = (options: { type: 'major'; flavor: 'last-resort'; execution: 'sync' }) => void;

function garbageCollector(): Collect {
  // The flag makes `gc` appear in contexts that are made after it, without a flag on the command line.
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as Collect;
}
