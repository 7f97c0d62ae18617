import type { Clock } from '../domain/clock.ts';
import type { OutboxOperations, Relayed } from '../operations/operations.ts';
import { OUTBOX_QUIET_MS, type Outbox } from '../storage/storage.ts';

export interface OutboxRelayOptions {
  readonly outbox: Outbox;
  readonly operations: Pick<OutboxOperations, 'relay'>;
  readonly clock: Pick<Clock, 'after' | 'monotonicMs'>;
  /** Called for each refused row. */
  readonly onRefused: (refused: Relayed['refused'][number]) => void;
  /** Called for the first of consecutive errors; the relay tries again later. */
  readonly onError: (error: unknown) => void;
}

/** `start` and `stop` may be called twice. */
export interface OutboxRelay {
  start(): void;
  /** Resolves when the batch under way is done. */
  stop(): Promise<void>;
}

/**
 * Turns the rows of the outbox into messages: whenever the storage reports new rows, often while rows keep coming
 * (the storage then does not report), and each second, because a report may be lost. Every worker runs a relay; the
 * storage lets one work at a time.
 */
export function createOutboxRelay(options: OutboxRelayOptions): OutboxRelay {
  const { outbox, operations, clock } = options;
  let running: Promise<void> | null = null;
  let isAsked = false;
  let state: 'new' | 'started' | 'stopped' = 'new';
  let unsubscribe = () => {};
  let cancelTimer = () => {};
  let isFailing = false;
  let looksOftenUntil = -Infinity;

  function look(): void {
    isAsked = true;
    if (state !== 'started') return;
    running ??= run().finally(() => {
      running = null;
      // Rows may have arrived since the last round.
      if (isAsked) look();
    });
  }

  async function run(): Promise<void> {
    cancelTimer();
    let waitMs = LOOK_EVERY_MS;
    try {
      while (isAsked && state === 'started') {
        isAsked = false;
        if ((await relayBatch()) > 0) {
          isAsked = true;
          looksOftenUntil = clock.monotonicMs() + 2 * OUTBOX_QUIET_MS;
        }
        isFailing = false;
      }
      if (clock.monotonicMs() < looksOftenUntil) waitMs = LOOK_OFTEN_MS;
    } catch (error) {
      isAsked = false;
      // Retry soon after the first error: it may be a deadlock, which is resolved at once.
      if (!isFailing) waitMs = RETRY_MS;
      if (!isFailing && state === 'started') options.onError(error);
      isFailing = true;
    }
    if (state === 'started') cancelTimer = clock.after(waitMs, look);
  }

  async function relayBatch(): Promise<number> {
    const relayed = await operations.relay(outbox);
    for (const refused of relayed?.refused ?? []) options.onRefused(refused);
    return relayed?.rowCount ?? 0;
  }

  return {
    start() {
      if (state !== 'new') return;
      state = 'started';
      unsubscribe = outbox.subscribe(look);
      look();
    },
    async stop() {
      state = 'stopped';
      unsubscribe();
      cancelTimer();
      await running;
    },
  };
}

const LOOK_EVERY_MS = 1_000;
const LOOK_OFTEN_MS = 10;
const RETRY_MS = 100;
