import type { Clock } from '../domain/clock.ts';
import type { Handoff } from '../domain/delivery.ts';
import type { Change, Fleet } from '../storage/storage.ts';
import type { Lane } from './lane.ts';
import type { Lanes } from './lanes.ts';
import type { Recorder } from './recorder.ts';

export interface ReleaserOptions {
  readonly lanes: Pick<Lanes, 'all'>;
  readonly recorder: Pick<Recorder, 'add'>;
  readonly fleet: Pick<Fleet, 'owns'>;
  /** The owner number of this process. Claims of an earlier number are from before the process was away. */
  readonly owner: () => number;
  readonly clock: Pick<Clock, 'scheduleNow'>;
}

/** Gives hand-offs that are not attempted back to the storage: their claims end, and they are due there. */
export class Releaser {
  readonly #options: ReleaserOptions;

  constructor(options: ReleaserOptions) {
    this.#options = options;
  }

  /** Releases a hand-off that admission holds, to be due after `delayMs`. */
  release(lane: Lane, handoff: Handoff, delayMs = 0): void {
    const { messageId, endpointId, claim } = handoff;
    const dueAt = this.#options.clock.scheduleNow() + delayMs;
    const release = { messageId, endpointId, claim, dueAt };
    const { recorder } = this.#options;
    recorder.add({ handoff, lane, record: null, health: null, release, ordered: false });
  }

  /** Releases the hand-offs that wait in the lane, except the first `keep`. */
  releaseWaiting(lane: Lane, keep = 0): void {
    if (lane.waiting.length <= keep) return;
    lane.backlogged = true;
    for (const handoff of lane.waiting.drain(keep)) this.release(lane, handoff);
  }

  /**
   * Releases the first hand-offs whose claims could end during an attempt of `timeoutMs`: another process could
   * attempt the delivery as well. A claim of an earlier owner number may have ended already.
   */
  releaseExpiring(lane: Lane, timeoutMs: number): void {
    const { clock, owner } = this.#options;
    const neededUntil = clock.scheduleNow() + timeoutMs + CLAIM_MARGIN_MS;
    for (;;) {
      const { first } = lane.waiting;
      if (first === undefined) return;
      const { claim } = first;
      if (claim.until >= neededUntil && claim.owner === owner()) return;
      lane.waiting.shift();
      this.release(lane, first);
    }
  }

  /** Releases the waiting hand-offs of cancelled messages, whose claims the storage has ended. */
  releaseCancelled(cancelled: Change & { kind: 'cancelled' }): void {
    const messageIds = new Set(cancelled.messageIds);
    for (const lane of this.#options.lanes.all()) {
      if (lane.waiting.length === 0 || !wasCancelledIn(lane, cancelled)) continue;
      const found = lane.waiting.remove(({ messageId }) => messageIds.has(messageId));
      for (const handoff of found) this.release(lane, handoff);
      if (found.length > 0) lane.backlogged = true;
    }
  }

  /** Releases the waiting hand-offs of endpoints that other processes own now. */
  releaseForeign(): void {
    const { lanes, fleet } = this.#options;
    for (const lane of lanes.all()) if (!fleet.owns(lane.endpointId)) this.releaseWaiting(lane);
  }

  releaseAll(): void {
    for (const lane of this.#options.lanes.all()) this.releaseWaiting(lane);
  }
}

/** Whether messages of this endpoint were cancelled. */
export function wasCancelledIn(
  lane: Lane,
  { applicationId, endpointId }: Change & { kind: 'cancelled' },
): boolean {
  return (
    lane.applicationId === applicationId && (endpointId === null || lane.endpointId === endpointId)
  );
}

const CLAIM_MARGIN_MS = 5_000;
