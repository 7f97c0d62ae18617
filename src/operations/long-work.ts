import type { Clock } from '../domain/clock.ts';

/**
 * Work that nothing else of the process can pass, such as reading a large document. An organization
 * rests three times as long as work of it took that was long, and longer when others rest too: together
 * they take a quarter of the time. Of shorter work it does so much in a turn of the event loop, and goes on
 * in the next one, behind what others have sent.
 */
export interface LongWork {
  /** Does the work once the organization has rested. */
  run<Result>(organizationId: string, work: () => Result): Promise<Awaited<Result>>;
  /** Resolves when the organization has rested; others of it may have begun by then. Undefined: begin. */
  rest(organizationId: string): Promise<void> | undefined;
  /** Called after work that `run` did not do, and that may be long; it began at `startedMs`. */
  ended(organizationId: string, startedMs: number): void;
}

export function createLongWork(clock: Pick<Clock, 'monotonicMs' | 'after'>): LongWork {
  const resting = new Map<string, Promise<void>>();
  /** What shorter work took in this turn of the event loop. */
  const spentMs = new Map<string, number>();
  let nextTurn: Promise<void> | null = null;

  async function run<Result>(organizationId: string, work: () => Result): Promise<Awaited<Result>> {
    for (let rested; (rested = rest(organizationId)) !== undefined;) await rested;
    const startedMs = clock.monotonicMs();
    let result: Result;
    try {
      result = work();
    } finally {
      ended(organizationId, startedMs);
    }
    return await result;
  }

  function rest(organizationId: string): Promise<void> | undefined {
    const isSpent = (spentMs.get(organizationId) ?? 0) >= LONG_MS;
    return resting.get(organizationId) ?? (isSpent ? afterOthers() : undefined);
  }

  function ended(organizationId: string, startedMs: number): void {
    const tookMs = clock.monotonicMs() - startedMs;
    if (resting.has(organizationId)) return;
    if (tookMs < LONG_MS) {
      spentMs.set(organizationId, (spentMs.get(organizationId) ?? 0) + tookMs);
      void afterOthers();
      return;
    }
    const rested = Promise.withResolvers<void>();
    clock.after(tookMs * RESTS * (resting.size + 1), () => {
      resting.delete(organizationId);
      rested.resolve();
    });
    resting.set(organizationId, rested.promise);
  }

  /** Resolves when the event loop has done what else was waiting, for all who wait at the same time. */
  function afterOthers(): Promise<void> {
    nextTurn ??= new Promise((resolve) =>
      setImmediate(() => {
        spentMs.clear();
        nextTurn = null;
        resolve();
      }),
    );
    return nextTurn;
  }

  return { run, rest, ended };
}

const LONG_MS = 10;
const RESTS = 3;
