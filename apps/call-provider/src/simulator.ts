import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Accounts } from './accounts.ts';
import type { CallEvent } from './call-event.ts';
import type { CallsQueue } from './calls-queue.ts';

export interface SimulatorOptions {
  readonly accounts: Pick<Accounts, 'enabled'>;
  readonly queue: Pick<CallsQueue, 'put'>;
  readonly intervalMs: number;
  /** Makes one call and tells its events, one after the other; rejects when `stop` aborts. */
  readonly call: (tell: (event: CallEvent) => Promise<void>, stop: AbortSignal) => Promise<void>;
  readonly onError: (message: string, error: unknown) => void;
}

/** Calls underway at a time: while the queue takes no events, no more calls begin. */
const MOST_CALLS = 10_000;

/** One call per enabled account and interval. */
export function createSimulator(options: SimulatorOptions) {
  const { accounts, queue, intervalMs, call, onError } = options;
  const stopping = new AbortController();
  const underway = new Set<Promise<void>>();
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    for (let nextAt = performance.now() + intervalMs; ; nextAt += intervalMs) {
      // After a late round the next one starts at once; missed rounds are skipped.
      const now = performance.now();
      nextAt = Math.max(nextAt, now);
      await pause(nextAt - now, undefined, { signal: stopping.signal });
      round();
    }
  }

  function round(): void {
    for (const account of accounts.enabled()) {
      if (underway.size >= MOST_CALLS) return;
      begin(account);
    }
  }

  function begin(account: string): void {
    const tell = (event: CallEvent) => queue.put({ eventId: randomUUID(), account, event });
    const ended = call(tell, stopping.signal)
      .catch((error: unknown) => {
        if (!stopping.signal.aborted) onError(`a call of ${account} was cut short`, error);
      })
      .finally(() => underway.delete(ended));
    underway.add(ended);
  }

  return {
    start(): void {
      running ??= run().catch((error: unknown) => {
        if (!stopping.signal.aborted) throw error;
      });
    },
    /** Cuts the calls short. What they have put on the queue stays there. */
    async stop(): Promise<void> {
      stopping.abort();
      await running;
    },
  };
}
