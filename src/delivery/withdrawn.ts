import type { Handoff } from '../domain/delivery.ts';

/**
 * What was withdrawn, for hand-offs that were claimed before and arrive later: the answer of a claim may be
 * slower than the news of a cancellation. One that was claimed afterwards is owed again.
 */
export class Withdrawn {
  readonly #claimMs: number;
  /** By message, when it was withdrawn. */
  readonly #at = new Map<string, number>();
  #allAt = -Infinity;

  constructor(claimMs: number) {
    this.#claimMs = claimMs;
  }

  add(messageIds: readonly string[], at: number): void {
    if (this.#at.size + messageIds.length > MOST_KEPT) this.addAll(at);
    else for (const messageId of messageIds) this.#at.set(messageId, at);
  }

  /** Anything may have been. */
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

/** About a megabyte. With more, all that was claimed so far goes back once. */
const MOST_KEPT = 10_000;
