import { LRUCache } from 'lru-cache';
import type { Clock } from '../domain/clock.ts';
import { SANDBOX_LIMITS, type Sandbox, type SandboxLimits } from './sandbox.ts';
import { SandboxThread } from './sandbox-thread.ts';

/**
 * Two threads: one for the programs whose last run was quick, one for the others and for those that have
 * not run yet. So a program that hangs, however many endpoints have such a one, delays no proven one.
 */
export function createSandbox(options: {
  readonly clock: Clock;
  readonly limits?: Partial<SandboxLimits>;
}): Sandbox {
  const { clock } = options;
  const limits = { ...SANDBOX_LIMITS, ...options.limits };
  const quick = new SandboxThread('quick', clock, limits);
  const wary = new SandboxThread('wary', clock, limits);
  /** The code of each key whose last run was quick: another code has to prove itself anew. */
  const proven = new LRUCache<string, string>({ max: PROVEN_COUNT });

  return {
    run(job, onResult) {
      const thread = proven.get(job.key) === job.code ? quick : wary;
      const added = thread.add({
        job,
        onResult: (result, cpuMs) => {
          if (result.kind === 'returned' && cpuMs < QUICK_MS) proven.set(job.key, job.code);
          else proven.delete(job.key);
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

/** Of CPU. */
const QUICK_MS = 50;
const PROVEN_COUNT = 10_000;
