import type { Handoff } from '../domain/delivery.ts';

/**
 * Messages whose deliveries were cancelled, and when. A hand-off that was claimed before the cancellation may
 * arrive after it, because the answer of a claim can be slower than the news; such a hand-off must be
 * released. A delivery that was claimed after the cancellation was asked for again and must be attempted.
 */
export class Withdrawn {
  readonly #claimMs: number;
  /** When each message was cancelled. */
  readonly #at = new Map<string, number>();
  #allAt = -Infinity;

  constructor(claimMs: number) {
    this.#claimMs = claimMs;
  }

  add(messageIds: readonly string[], at: number): void {
    if (this.#at.size + messageIds.length > MOST_KEPT) this.addAll(at);
    else for (const messageId of messageIds) this.#at.set(messageId, at);
  }

  /** Cancellations may have been missed: any message may have been cancelled. */
  addAll(at: number): void {
    this.#at.clear();
    this.#allAt = at;
  }

  has({ messageId, claim }: Handoff): boolean {
    const claimedAt = claim.until - this.#claimMs;
    if (claimedAt <= this.#allAt) return true;
    return this.#at.size > 0 && claimedAt <= (this.#at.get(messageId) ?? -Infinity);
  }
}

/** About a megabyte. With more messages, all hand-offs claimed so far are released once. */
const MOST_KEPT = 10_000;
