import type { Random } from '../domain/clock.ts';
import type { Handoff } from '../domain/delivery.ts';
import { Fifo } from '../domain/fifo.ts';
import { Breaker } from './breaker.ts';
import { RateLimit } from './rate-limit.ts';
import type { Target } from './target.ts';

/**
 * The dispatcher's queue of one endpoint: what waits, what is in flight, and the endpoint's health
 * as seen from here. Lanes share nothing but the process's slots, so none can slow another.
 */
export class Lane {
  readonly endpointId: string;
  readonly applicationId: string;
  readonly waiting = new Fifo<Handoff>();
  inFlight = 0;
  /** The last attempt failed. */
  failing = false;
  readonly breaker: Breaker;
  readonly rateLimit = new RateLimit();
  /** Null until the directory has answered; made anew when the endpoint has changed. */
  target: Target | null = null;
  /** An answer of the directory is under way. */
  resolving = false;
  /** In the dispatcher's ring of lanes that may have something to start. */
  ready = false;
  /** In the dispatcher's list of lanes that wait for a shared slot. */
  parked = false;
  /** More is, or may be, due in the storage than was claimed: ask again when there is room. */
  hungry = false;
  /** The endpoint was disabled by an attempt whose record is not committed yet. */
  disabled = false;
  /** Cancels the timer of the breaker or the rate limit. */
  cancelTimer: (() => void) | null = null;
  idleSince = 0;

  constructor(endpointId: string, applicationId: string, random: Random) {
    this.endpointId = endpointId;
    this.applicationId = applicationId;
    this.breaker = new Breaker(random);
  }
}
