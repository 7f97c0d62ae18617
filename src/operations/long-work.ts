import type { Clock } from '../domain/clock.ts';

/**
 * Work that nothing else of the process can pass, such as reading a large document of YAML. An organization
 * rests three times as long as such work of it took, and longer when others rest too: together they take a
 * quarter of the time.
 */
export interface LongWork {
  /** Does the work once the organization has rested. */
  run<Result>(organizationId: string, work: () => Result): Promise<Result>;
  /** Resolves when the organization has rested; others of it may have begun by then. Undefined: begin. */
  rest(organizationId: string): Promise<void> | undefined;
  /** Called after work that `run` did not do, and that may be long; it began at `startedMs`. */
  ended(organizationId: string, startedMs: number): void;
}

export function createLongWork(clock: Pick<Clock, 'monotonicMs' | 'after'>): LongWork {
  const resting = new Map<string, Promise<void>>();

  async function run<Result>(organizationId: string, work: () => Result): Promise<Result> {
    for (let rest; (rest = resting.get(organizationId)) !== undefined;) await rest;
    const startedMs = clock.monotonicMs();
    try {
      return work();
    } finally {
      ended(organizationId, startedMs);
    }
  }

  function ended(organizationId: string, startedMs: number): void {
    const tookMs = clock.monotonicMs() - startedMs;
    if (tookMs < LONG_MS || resting.has(organizationId)) return;
    const rested = Promise.withResolvers<void>();
    clock.after(tookMs * RESTS * (resting.size + 1), () => {
      resting.delete(organizationId);
      rested.resolve();
    });
    resting.set(organizationId, rested.promise);
  }

  return { run, rest: (organizationId) => resting.get(organizationId), ended };
}

const LONG_MS = 10;
const RESTS = 3;
