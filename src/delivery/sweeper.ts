import type { Clock } from '../domain/clock.ts';
import type { Handoff } from '../domain/delivery.ts';
import type { Queue } from '../queue/queue.ts';
import type { ClaimRequest, Storage } from '../storage/storage.ts';

export interface SweeperOptions {
  readonly storage: Storage;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly claimMs: number;
  /** Capacities of the lanes, as `ClaimRequest` wants them. */
  readonly capacities: () => Pick<ClaimRequest, 'capacities' | 'defaultCapacity'>;
  /** Hand-offs that were claimed, before they are pushed. */
  readonly onClaimed: (
    handoffs: readonly Handoff[],
    capacities: ReadonlyMap<string, number>,
  ) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Brings what is due from the storage to the queue: retries, what was spilled when there was no
 * room, and what the queue lost. Sleeps until the earliest due time or until it is woken; it has
 * one timer and at most one claim under way.
 */
export class Sweeper {
  readonly #options: SweeperOptions;
  #running = false;
  #sweeping: Promise<void> | null = null;
  #wakeAt = Infinity;
  #cancelTimer: (() => void) | null = null;
  /** Asked to wake while a claim was under way: what it saw may be out of date. */
  #wokenMeanwhile = Infinity;
  #notBefore = 0;
  #starved = false;

  constructor(options: SweeperOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.wake(this.#options.clock.now());
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    await this.#sweeping;
  }

  wake(dueAt: number): void {
    if (!this.#running) return;
    if (this.#sweeping) {
      this.#wokenMeanwhile = Math.min(this.#wokenMeanwhile, dueAt);
      return;
    }
    const at = Math.max(dueAt, this.#notBefore);
    if (at >= this.#wakeAt) return;
    this.#cancelTimer?.();
    this.#wakeAt = at;
    this.#cancelTimer = this.#options.clock.after(at - this.#options.clock.now(), () => {
      this.#cancelTimer = null;
      this.#wakeAt = Infinity;
      this.#sweeping = this.#sweep().then((nextAt) => {
        this.#sweeping = null;
        const again = Math.min(nextAt, this.#wokenMeanwhile);
        this.#wokenMeanwhile = Infinity;
        this.wake(again);
      });
    });
  }

  /** The queue has more room than before; worth a look when that was what was missing. */
  roomFreed(): void {
    if (!this.#starved || this.#options.queue.room() < BATCH) return;
    this.#starved = false;
    this.wake(this.#options.clock.now());
  }

  /** One claim; answers when to look again. */
  async #sweep(): Promise<number> {
    const { storage, queue, clock, claimMs, capacities, onClaimed, onError } = this.#options;
    const now = clock.now();
    const limit = Math.min(queue.room(), BATCH);
    this.#starved = limit === 0 || !queue.reserve(limit, BATCH_BYTES);
    if (this.#starved) return now + NO_ROOM_LOOK_MS;
    let handoffs: Handoff[] = [];
    let nextAt = now + LONGEST_SLEEP_MS;
    const lanes = capacities();
    try {
      const claimed = await storage.claimDue({
        now,
        until: now + claimMs,
        limit,
        maxBytes: BATCH_BYTES,
        ...lanes,
      });
      handoffs = claimed.handoffs;
      nextAt = Math.min(nextAt, claimed.nextDueAt ?? Infinity);
    } catch (error) {
      onError(error);
      nextAt = now + AFTER_ERROR_MS;
    }
    const bytes = handoffs.reduce((sum, handoff) => sum + handoff.payload.length, 0);
    queue.unreserve(limit - handoffs.length, BATCH_BYTES - bytes);
    // Every spilled delivery wakes us: sweeps that found nothing keep a distance.
    this.#notBefore = handoffs.length > 0 ? 0 : clock.now() + EMPTY_GAP_MS;
    if (handoffs.length > 0) {
      onClaimed(handoffs, lanes.capacities);
      queue.push(handoffs);
    }
    return nextAt;
  }
}

const BATCH = 500;
const BATCH_BYTES = 4 * 1024 * 1024;
const NO_ROOM_LOOK_MS = 1_000;
const AFTER_ERROR_MS = 1_000;
const EMPTY_GAP_MS = 5;
/** Claims of other owners end without a word to us. */
const LONGEST_SLEEP_MS = 30_000;
