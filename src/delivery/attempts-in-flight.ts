import type { Clock } from '../domain/clock.ts';
import type { Handoff } from '../domain/delivery.ts';
import type { Change } from '../storage/storage.ts';
import type { Attempt } from './attempt.ts';
import { LinkedList } from './linked-list.ts';
import { wasCancelledIn } from './releaser.ts';
import type { Slots } from './slots.ts';

export interface AttemptsInFlightOptions {
  readonly clock: Clock;
  readonly slots: Slots;
  /** The owner number of this process, which its claims have. */
  readonly owner: () => number;
  /** An attempt that has been in flight for longer is slow. */
  readonly slowMs: number;
}

/**
 * The attempts in flight, each with its slot. They turn slow in the order in which they began, so that one
 * timer is enough for all.
 */
export class AttemptsInFlight {
  readonly #options: AttemptsInFlightOptions;
  readonly #quick = new LinkedList<Attempt>();
  readonly #slow = new LinkedList<Attempt>();
  #cancelTimer: (() => void) | null = null;

  constructor(options: AttemptsInFlightOptions) {
    this.#options = options;
  }

  begin(attempt: Attempt): void {
    const { slots, slowMs } = this.#options;
    attempt.isUnproven = slots.begin(attempt.lane);
    this.#quick.add(attempt);
    if (this.#cancelTimer === null) this.#arm(slowMs);
  }

  end(attempt: Attempt): void {
    (attempt.isSlow ? this.#slow : this.#quick).delete(attempt);
    this.#options.slots.end(attempt.lane, attempt.isSlow, attempt.isUnproven);
  }

  /**
   * A claim ends during its attempt when the wall clock was set forward for good, or when the process was
   * away for longer than its lease. If this process claims the delivery again, the attempt goes on under
   * the new claim. Returns the other hand-offs, of which no attempt is in flight.
   */
  renewClaims(claimed: readonly Handoff[]): readonly Handoff[] {
    const now = this.#options.clock.scheduleNow();
    const owner = this.#options.owner();
    const ended = this.#filter(
      ({ handoff: { claim } }) => claim.until <= now || claim.owner !== owner,
    );
    if (ended.length === 0) return claimed;
    return claimed.filter((handoff) => {
      const attempt = ended.find((other) => isSameAttempt(other.handoff, handoff));
      if (attempt !== undefined) attempt.handoff = handoff;
      return attempt === undefined;
    });
  }

  /** The headers of a cancelled message may be deleted by now: its attempts are recorded without their requests. */
  forgetRequests(cancelled: Change & { kind: 'cancelled' }): void {
    const messageIds = new Set(cancelled.messageIds);
    const found = this.#filter(
      ({ lane, handoff }) =>
        handoff.headers !== null &&
        wasCancelledIn(lane, cancelled) &&
        messageIds.has(handoff.messageId),
    );
    for (const attempt of found) attempt.isForgotten = true;
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  #filter(isMeant: (attempt: Attempt) => boolean): Attempt[] {
    const found: Attempt[] = [];
    for (const { first } of [this.#slow, this.#quick]) {
      for (let attempt = first; attempt !== null; attempt = attempt.next) {
        if (isMeant(attempt)) found.push(attempt);
      }
    }
    return found;
  }

  #arm(delayMs: number): void {
    this.#cancelTimer = this.#options.clock.after(delayMs, () => this.#look());
  }

  #look(): void {
    const { clock, slots, slowMs } = this.#options;
    this.#cancelTimer = null;
    const nowMs = clock.monotonicMs();
    for (;;) {
      const { first } = this.#quick;
      if (first === null) return;
      const leftMs = first.startedMs + slowMs - nowMs;
      if (leftMs > 0) return this.#arm(leftMs);
      const { lane } = first;
      this.#quick.delete(first);
      first.isSlow = true;
      this.#slow.add(first);
      slots.change(lane, () => lane.slowInFlight++);
    }
  }
}

/** A resend is another attempt, and so is the retry after one that another process made meanwhile. */
function isSameAttempt(one: Handoff, other: Handoff): boolean {
  return (
    one.messageId === other.messageId &&
    one.endpointId === other.endpointId &&
    one.attemptCount === other.attemptCount &&
    one.trigger === other.trigger
  );
}
