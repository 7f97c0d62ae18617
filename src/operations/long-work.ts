import type { Clock } from '../domain/clock.ts';

/**
 * Work that blocks the event loop, such as reading a large document. After work of 10 ms or more, an organization
 * rests three times as long as the work took, and longer while other organizations rest, too: together they take
 * a quarter of the time. Shorter work of an organization is limited to 10 ms in a turn of the event loop; the
 * rest follows in the next turn, after the requests of others.
 */
export interface LongWork {
  /** Does the work once the organization has rested. */
  run<Result>(organizationId: string, work: () => Result): Promise<Awaited<Result>>;
  /**
   * Resolves when the organization has rested; ask again then, because other work of the organization may have
   * begun. Undefined: the work may begin now.
   */
  rest(organizationId: string): Promise<void> | undefined;
  /** Must be called after work that may be long and was not done by `run`; the work began at `startedMs`. */
  ended(organizationId: string, startedMs: number): void;
}

export function createLongWork(clock: Pick<Clock, 'monotonicMs' | 'after'>): LongWork {
  const resting = new Map<string, Promise<void>>();
  /** By organization: the time that shorter work took in this turn of the event loop. */
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
