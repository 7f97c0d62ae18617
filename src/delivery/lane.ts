import type { Random } from '../domain/clock.ts';
import type { Handoff } from '../domain/delivery.ts';
import type { EndpointHealth } from '../domain/endpoint.ts';
import type { EndpointNotes } from '../storage/storage.ts';
import { Fifo } from './fifo.ts';
import type { Linked, LinkedList } from './linked-list.ts';
import { Breaker } from './breaker.ts';
import { Pace } from './pace.ts';
import type { Target } from './target.ts';
import { Window } from './window.ts';

/**
 * Whether a lane may start attempts. If several states apply, the first of this list counts:
 *
 * - `disabled`: an attempt disabled the endpoint. Ends when a person changes the endpoint.
 * - `reading`: the endpoint is being read from the storage. Ends with the answer.
 * - `paused`: the endpoint pushed back, its breaker is open, or its previous owner still has requests in
 *   flight. Ends with time; an open breaker also closes with a late success of an attempt in flight, and
 *   the wait for the previous owner also ends with its notes. Publishers and sweeper leave deliveries
 *   in the storage.
 * - `paced`: the rate does not allow the next request yet. Ends with time.
 * - `probing`: the pause of the breaker is over. One attempt at a time, until one succeeds.
 * - `flowing`: attempts start as window and slots allow.
 */
export type LaneState = 'disabled' | 'reading' | 'paused' | 'paced' | 'probing' | 'flowing';

/**
 * What the requests of this process say about the endpoint. The standing decides which slots the lane
 * may use and how many hand-offs may wait in it.
 *
 * - `new`: nothing yet, and the storage says that the last attempt to it succeeded, or that there was none
 * - `quick`: the last result came quickly, and no request in flight is slow
 * - `sick`: the last request failed or was slow, or one in flight is slow; also if it was of an earlier lane
 */
export type LaneStanding = 'new' | 'quick' | 'sick';

/** What a result says about the endpoint. `none`: nothing. `refusal`: a 4xx, so the endpoint works. */
export interface Verdict {
  readonly kind: 'success' | 'refusal' | 'failure' | 'pushback' | 'none';
  readonly slow: boolean;
  /** How long the endpoint asked for a pause; zero unless it pushed back. */
  readonly pauseMs: number;
}

/** The engine's queue of one endpoint: waiting hand-offs, requests in flight, and when the next may start. */
export class Lane implements Linked<Lane> {
  readonly endpointId: string;
  readonly applicationId: string;
  readonly waiting = new Fifo<Handoff>();
  readonly window: Window;
  readonly pace = new Pace();
  readonly breaker: Breaker;
  inFlight = 0;
  /** Requests in flight that are slow. */
  slowInFlight = 0;
  /** The lane's hand-offs as admission counts them: reserved, waiting, in flight, or not recorded. */
  heldCount = 0;
  heldChars = 0;
  disabled = false;
  reading = false;
  /** The storage has, or may have, more deliveries that are due. */
  backlogged = false;
  /** Null until the endpoint was read; replaced when the endpoint has changed. */
  target: Target | null = null;
  /** When a person last changed the endpoint: failures of requests that began earlier don't count. */
  forgivenMs = -Infinity;
  /** The endpoint's health where it is newer than the cached endpoint; null: not newer. */
  health: EndpointHealth | null = null;
  pacedUntilMs = 0;
  /** Cancels the timer that ends a pause. */
  cancelTimer: (() => void) | null = null;
  idleSinceMs = 0;
  /** The dispatcher's list that the lane is in, if any. */
  list: LinkedList<Lane> | null = null;
  previous: Lane | null = null;
  next: Lane | null = null;
  #lastResult: 'none' | 'quick' | 'failed-quickly' | 'sick' = 'none';
  #begun = false;
  #pushedBackUntilMs = 0;
  /** The previous owner has no requests in flight after this time. */
  #busyElsewhereUntilMs = 0;

  constructor(endpointId: string, applicationId: string, firstWindow: number, random: Random) {
    this.endpointId = endpointId;
    this.applicationId = applicationId;
    this.window = new Window(firstWindow);
    this.breaker = new Breaker(random);
  }

  state(nowMs: number): LaneState {
    if (this.disabled) return 'disabled';
    if (this.reading) return 'reading';
    if (nowMs < this.pausedUntilMs(nowMs)) return 'paused';
    if (nowMs < this.pacedUntilMs) return 'paced';
    return this.breaker.state(nowMs) === 'closed' ? 'flowing' : 'probing';
  }

  get standing(): LaneStanding {
    if (this.slowInFlight > 0) return 'sick';
    if (this.#lastResult === 'none') return 'new';
    return this.#lastResult === 'quick' ? 'quick' : 'sick';
  }

  /** The lane is sick because the last request failed, but the failure came quickly, and no request is slow. */
  get failedQuickly(): boolean {
    return this.#lastResult === 'failed-quickly' && this.slowInFlight === 0;
  }

  pausedUntilMs(nowMs: number): number {
    const breakerUntilMs = this.breaker.state(nowMs) === 'open' ? this.breaker.openUntilMs : 0;
    return Math.max(this.#pushedBackUntilMs, breakerUntilMs, this.#busyElsewhereUntilMs);
  }

  /**
   * Called once, before the first request, with what the storage knows of the endpoint. Lanes are forgotten, and a
   * process starts without any: endpoints that have failed all the time must not come back as new ones.
   */
  begin(isFailing: boolean): void {
    this.#begun = true;
    if (isFailing && this.#lastResult === 'none') this.#lastResult = 'sick';
  }

  get begun(): boolean {
    return this.#begun;
  }

  /** The endpoint gets fewer requests than a new lane would send: because of earlier results, or its rate. */
  isSlowed(nowMs: number): boolean {
    const { breaker, window, pace } = this;
    const isPaused = nowMs < this.#pushedBackUntilMs;
    const isSick = breaker.pauseMs > 0 || window.narrowed !== null || pace.learned !== null;
    return isPaused || isSick || this.waitsForRate(nowMs);
  }

  waitsForRate(nowMs: number): boolean {
    return this.waiting.length > 0 && this.state(nowMs) === 'paced';
  }

  /** What this lane has learned, for the next owner of the endpoint. */
  notes(nowMs: number): EndpointNotes {
    const { applicationId, endpointId, breaker, window, pace, target } = this;
    const breakerUntilMs = breaker.state(nowMs) === 'open' ? breaker.openUntilMs : 0;
    const ownBusyMs = this.inFlight > 0 ? (target?.policy.timeoutMs ?? 0) : 0;
    return {
      applicationId,
      endpointId,
      pauseMs: Math.max(this.#pushedBackUntilMs - nowMs, breakerUntilMs - nowMs, 0),
      busyMs: Math.max(this.#busyElsewhereUntilMs - nowMs, ownBusyMs),
      window: window.narrowed,
      rate: pace.learned,
      breakerPauseMs: breaker.pauseMs,
      paced: this.waitsForRate(nowMs),
    };
  }

  /** Takes up the notes that the previous owner sent at `atMs`. */
  applyNotes({ pauseMs, busyMs, window, rate, breakerPauseMs }: EndpointNotes, atMs: number): void {
    this.#busyElsewhereUntilMs = atMs + busyMs;
    this.#pushedBackUntilMs = Math.max(this.#pushedBackUntilMs, atMs + pauseMs);
    if (window !== null) this.window.narrow(window);
    if (rate !== null) this.pace.learn(rate);
    this.breaker.halfOpen(breakerPauseMs);
  }

  /** Requests that may be in flight now. */
  windowNow(nowMs: number): number {
    if (this.target === null) return 1;
    const isProbing = this.breaker.state(nowMs) !== 'closed';
    return isProbing ? 1 : this.window.within(this.target.concurrency);
  }

  /** Learns from a result. `concurrency` is the endpoint's limit. */
  judge({ kind, slow, pauseMs }: Verdict, concurrency: number, nowMs: number): void {
    if (kind === 'none') return;
    const succeeded = kind === 'success';
    if (slow || kind === 'pushback') this.#lastResult = 'sick';
    else this.#lastResult = kind === 'failure' ? 'failed-quickly' : 'quick';
    if (succeeded) {
      this.pace.succeeded();
      this.window.succeeded(slow, concurrency);
      this.breaker.succeeded();
    } else if (kind === 'pushback') {
      // Requests in flight at the same time are refused together: count one pushback.
      if (nowMs >= this.#pushedBackUntilMs) this.pace.pushedBack();
      this.window.restart();
      this.#pushedBackUntilMs = Math.max(this.#pushedBackUntilMs, nowMs + pauseMs);
    } else {
      if (kind === 'failure') this.window.failed();
      if (this.breaker.failed(nowMs)) this.window.restart();
    }
  }

  /**
   * A person changed, enabled or resumed the endpoint: its failures, pauses and learned rate are
   * forgotten, and its window is at most that of a new lane: the backlog would stampede through a larger one.
   */
  forgive(nowMs: number): void {
    this.forgivenMs = nowMs;
    this.#begun = true;
    this.disabled = false;
    this.health = null;
    this.pacedUntilMs = 0;
    this.#pushedBackUntilMs = 0;
    this.#lastResult = 'none';
    this.window.shrink();
    this.pace.forget();
    this.breaker.succeeded();
  }
}
