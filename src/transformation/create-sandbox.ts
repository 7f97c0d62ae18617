import { boundedCache } from '../bounded-cache.ts';
import type { Clock } from '../domain/clock.ts';
import {
  SANDBOX_LIMITS,
  type Sandbox,
  type SandboxJob,
  type SandboxLimits,
  type SandboxResult,
} from './sandbox.ts';
import { SandboxThread } from './sandbox-thread.ts';

/**
 * Two threads: one for programs whose last runs were quick, one for all others and for new programs. So programs that
 * hang, however many there are, don't delay proven ones. After each hang, a program needs eight times as many quick
 * runs to be proven again, also with other code.
 */
export function createSandbox(options: {
  readonly clock: Clock;
  readonly limits?: Partial<SandboxLimits>;
}): Sandbox {
  const { clock } = options;
  const limits = { ...SANDBOX_LIMITS, ...options.limits };
  const quick = new SandboxThread('quick', clock, limits);
  const wary = new SandboxThread('wary', clock, limits);
  const records = boundedCache<TrackRecord>(KNOWN_COUNT);

  function isProven({ key, code }: SandboxJob): boolean {
    const record = records.get(key);
    return record?.code === code && record.quickRuns >= record.neededRuns;
  }

  function note({ key, code }: SandboxJob, { kind }: SandboxResult, cpuMs: number): void {
    const before = records.get(key);
    const neededRuns = before?.neededRuns ?? 1;
    if (cpuMs >= QUICK_MS) {
      const moreRuns = Math.min(neededRuns * MORE_RUNS, MOST_RUNS);
      records.set(key, { code, neededRuns: moreRuns, quickRuns: 0 });
    } else if (kind === 'returned') {
      const quickRuns = before?.code === code ? before.quickRuns : 0;
      records.set(key, { code, neededRuns, quickRuns: quickRuns + 1 });
    }
  }

  return {
    run(job, onResult) {
      const thread = isProven(job) ? quick : wary;
      const added = thread.add({
        job,
        onResult: (result, cpuMs) => {
          note(job, result, cpuMs);
          onResult(result);
        },
      });
      if (!added) queueMicrotask(() => onResult({ kind: 'busy' }));
    },
    stop() {
      quick.stop();
      wary.stop();
    },
  };
}

interface TrackRecord {
  readonly code: string;
  /** Quick runs in a row; changed code starts again at zero. */
  readonly quickRuns: number;
  readonly neededRuns: number;
}

/** A run is quick below this CPU time. */
const QUICK_MS = 50;
const KNOWN_COUNT = 10_000;
const MORE_RUNS = 8;
const MOST_RUNS = 4_096;
