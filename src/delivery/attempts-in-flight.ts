import type { Clock } from '../domain/clock.ts';
import type { Handoff } from '../domain/delivery.ts';
import type { Change } from '../storage/storage.ts';
import type { Attempt } from './attempt.ts';
import { Deadlines } from './deadlines.ts';
import { LinkedList } from './linked-list.ts';
import { wasCancelledIn } from './releaser.ts';
import type { Slots } from './slots.ts';

export interface AttemptsInFlightOptions {
  readonly clock: Clock;
  readonly slots: Slots;
  /** The owner number of this process, which its claims have. */
  readonly owner: () => number;
}

/** The attempts in flight, each with its slot. Those without a result at their deadline count as slow. */
export class AttemptsInFlight {
  readonly #options: AttemptsInFlightOptions;
  readonly #quick: Deadlines<Attempt>;
  readonly #slow = new LinkedList<Attempt>();

  constructor(options: AttemptsInFlightOptions) {
    this.#options = options;
    this.#quick = new Deadlines(options.clock, (attempt) => this.#becameSlow(attempt));
  }

  begin(attempt: Attempt): void {
    attempt.isUnproven = this.#options.slots.begin(attempt.lane);
    this.#quick.add(attempt);
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
    this.#quick.stop();
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

  #becameSlow(attempt: Attempt): void {
    const { lane } = attempt;
    this.#quick.delete(attempt);
    attempt.isSlow = true;
    this.#slow.add(attempt);
    this.#options.slots.change(lane, () => lane.slowInFlight++);
  }
}

/** A resend is another attempt. The retry after an attempt that another process made meanwhile is one, too. */
function isSameAttempt(one: Handoff, other: Handoff): boolean {
  return (
    one.messageId === other.messageId &&
    one.endpointId === other.endpointId &&
    one.attemptCount === other.attemptCount &&
    one.trigger === other.trigger
  );
}
