import type { Clock } from '../domain/clock.ts';
import type { Handoff } from '../domain/delivery.ts';
import type { ClaimRequest, Storage } from '../storage/storage.ts';
import type { Admission, LaneCapacities } from './admission.ts';
import type { DeliveryLimits } from './limits.ts';
import type { Recorder } from './recorder.ts';

export interface SweeperOptions {
  readonly storage: Pick<Storage, 'claimDue'>;
  readonly admission: Pick<Admission, 'freeCount' | 'reserve' | 'unreserve'>;
  readonly recorder: Pick<Recorder, 'isBehind'>;
  readonly clock: Clock;
  readonly limits: DeliveryLimits;
  /** How many deliveries each lane may take now. */
  readonly capacities: () => LaneCapacities;
  /** Receives the hand-offs that were claimed with these capacities. */
  readonly onClaimed: (handoffs: readonly Handoff[], lanes: LaneCapacities) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Claims due deliveries in the storage for the lanes: retries, deliveries that stayed there for lack
 * of capacity, and those whose hand-off was lost. Sleeps until the earliest due time or until it is
 * woken; it has one timer and at most one claim under way.
 *
 * It sleeps by the monotonic clock and claims at least every `LONGEST_SLEEP_MS`, so that neither a
 * clock that was set nor a lost wake-up can delay a delivery for longer.
 */
export class Sweeper {
  readonly #options: SweeperOptions;
  #running = false;
  #sweeping: Promise<void> | null = null;
  #wakeAtMs = Infinity;
  #cancelTimer: (() => void) | null = null;
  /** The earliest wake-up during the claim under way, whose view may be out of date. */
  #wokenForMs = Infinity;
  #notBeforeMs = 0;

  constructor(options: SweeperOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#wakeIn(0);
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    await this.#sweeping;
  }

  /** The storage has a delivery that is due at `dueAt` (default: now), or there is capacity again. */
  wake(dueAt?: number): void {
    this.#wakeIn(dueAt === undefined ? 0 : dueAt - this.#options.clock.scheduleNow());
  }

  #wakeIn(delayMs: number): void {
    if (!this.#running) return;
    const nowMs = this.#options.clock.monotonicMs();
    const atMs = nowMs + Math.min(Math.max(delayMs, 0), LONGEST_SLEEP_MS);
    if (this.#sweeping) {
      this.#wokenForMs = Math.min(this.#wokenForMs, atMs);
      return;
    }
    const wakeAtMs = Math.max(atMs, this.#notBeforeMs);
    if (wakeAtMs >= this.#wakeAtMs) return;
    this.#cancelTimer?.();
    this.#wakeAtMs = wakeAtMs;
    this.#cancelTimer = this.#options.clock.after(wakeAtMs - nowMs, () => {
      this.#cancelTimer = null;
      this.#wakeAtMs = Infinity;
      this.#sweeping = this.#sweep().then((delayUntilNextMs) => this.#swept(delayUntilNextMs));
    });
  }

  #swept(delayMs: number): void {
    const wokenInMs = this.#wokenForMs - this.#options.clock.monotonicMs();
    this.#sweeping = null;
    this.#wokenForMs = Infinity;
    this.#wakeIn(Math.min(delayMs, wokenInMs));
  }

  /** One claim; resolves with the milliseconds until the next one. */
  async #sweep(): Promise<number> {
    const { storage, admission, recorder, clock, limits, onError } = this.#options;
    if (recorder.isBehind) return AFTER_ERROR_MS;
    // Half of the free capacity: publishers need the other half meanwhile.
    const limit = Math.min(Math.ceil(admission.freeCount / 2), limits.sweepCount);
    // Admission wakes the sweeper when there is capacity again.
    if (!admission.reserve(limit, limits.sweepChars)) return LONGEST_SLEEP_MS;
    const lanes = this.#options.capacities();
    const now = clock.scheduleNow();
    const request: ClaimRequest = {
      now,
      until: now + limits.claimMs,
      limit,
      maxChars: limits.sweepChars,
      ...lanes,
    };
    try {
      const { handoffs, nextDueAt } = await storage.claimDue(request);
      admission.unreserve(limit, limits.sweepChars);
      // Each delivery that stays in the storage wakes the sweeper, so space out claims that find nothing.
      const isVain = handoffs.length === 0;
      this.#notBeforeMs = isVain ? clock.monotonicMs() + AFTER_VAIN_CLAIM_MS : 0;
      if (!isVain) this.#options.onClaimed(handoffs, lanes);
      return (nextDueAt ?? Infinity) - clock.scheduleNow();
    } catch (error) {
      admission.unreserve(limit, limits.sweepChars);
      onError(error);
      return AFTER_ERROR_MS;
    }
  }
}

const AFTER_ERROR_MS = 1_000;
const AFTER_VAIN_CLAIM_MS = 5;
const LONGEST_SLEEP_MS = 30_000;
