import type { SentRequest } from '../domain/attempt-exchange.ts';
import type { Handoff } from '../domain/delivery.ts';
import type { Linked } from './linked-list.ts';
import type { Lane } from './lane.ts';
import type { Target } from './target.ts';

/** One attempt in flight, from its request to its result. */
export class Attempt implements Linked<Attempt> {
  readonly lane: Lane;
  readonly target: Target;
  /** Replaced when the delivery is claimed again during the attempt. */
  handoff: Handoff;
  /** The wall clock, for the record. */
  readonly startedAt: number;
  readonly startedMs: number;
  /** Without a result by then, it is slow (monotonic). */
  readonly deadlineAtMs: number;
  /** Null: the request could not be built. */
  sent: SentRequest | null = null;
  /**
   * The message was cancelled during the attempt, which deletes its headers: the record must not contain
   * the request.
   */
  isForgotten = false;
  isSlow = false;
  /** The lane was not quick when the attempt began. */
  isUnproven = false;
  previous: Attempt | null = null;
  next: Attempt | null = null;

  constructor(
    lane: Lane,
    target: Target,
    handoff: Handoff,
    startedAt: number,
    startedMs: number,
    slowMs: number,
  ) {
    this.lane = lane;
    this.target = target;
    this.handoff = handoff;
    this.startedAt = startedAt;
    this.startedMs = startedMs;
    this.deadlineAtMs = startedMs + slowMs;
  }
}
