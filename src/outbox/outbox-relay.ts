import type { Clock } from '../domain/clock.ts';
import type { OutboxOperations, Relayed } from '../operations/operations.ts';
import { type RepeatedWork, repeatWork } from '../repeated-work.ts';
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

/**
 * Turns the rows of the outbox into messages: whenever the storage reports new rows, often while rows keep coming
 * (the storage then does not report), and each second, because a report may be lost. Every worker runs a relay; the
 * storage lets one work at a time.
 */
export function createOutboxRelay(options: OutboxRelayOptions): RepeatedWork {
  const { outbox, operations, clock, onRefused, onError } = options;
  let isFailing = false;
  let looksOftenUntil = -Infinity;

  async function run(isStopped: () => boolean): Promise<number> {
    try {
      while (!isStopped() && (await relayBatch()) > 0) {
        looksOftenUntil = clock.monotonicMs() + 2 * OUTBOX_QUIET_MS;
      }
      return clock.monotonicMs() < looksOftenUntil ? LOOK_OFTEN_MS : LOOK_EVERY_MS;
    } catch (error) {
      if (isFailing) return LOOK_EVERY_MS;
      isFailing = true;
      if (!isStopped()) onError(error);
      // Retry soon after the first error: it may be a deadlock, which is resolved at once.
      return RETRY_MS;
    }
  }

  async function relayBatch(): Promise<number> {
    const relayed = await operations.relay(outbox);
    for (const refused of relayed?.refused ?? []) onRefused(refused);
    isFailing = false;
    return relayed?.rowCount ?? 0;
  }

  const work = repeatWork({ clock, run, onError, everyMs: LOOK_EVERY_MS });
  let unsubscribe: (() => void) | null = null;
  return {
    ...work,
    start() {
      unsubscribe ??= outbox.subscribe(() => work.wake());
      work.start();
    },
    stop() {
      unsubscribe?.();
      return work.stop();
    },
  };
}

const LOOK_EVERY_MS = 1_000;
const LOOK_OFTEN_MS = 10;
const RETRY_MS = 100;
