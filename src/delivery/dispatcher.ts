import type { Clock, Random } from '../domain/clock.ts';
import type { Handoff } from '../domain/delivery.ts';
import { mayAttempt } from '../domain/endpoint.ts';
import type { Ids } from '../domain/ids.ts';
import type {
  Change,
  EndpointCache,
  EndpointInContext,
  EndpointNotes,
  Fleet,
  HealthChange,
} from '../storage/storage.ts';
import type { Admission } from './admission.ts';
import { Attempt } from './attempt.ts';
import {
  type ExchangeResult,
  type HttpClient,
  type HttpRequest,
  unsendable,
} from './http-client/http-client.ts';
import type { Lane } from './lane.ts';
import type { Lanes } from './lanes.ts';
import type { DeliveryLimits } from './limits.ts';
import type { Recorder } from './recorder.ts';
import type { RequestBuilder } from './request.ts';
import { SlowWatch } from './slow-watch.ts';
import { Slots } from './slots.ts';
import { type Target, type TargetDefaults, createTarget } from './target.ts';
import { transitionAfter } from './transition.ts';
import { Turns } from './turns.ts';

export interface DispatcherOptions {
  readonly lanes: Lanes;
  readonly admission: Admission;
  readonly recorder: Recorder;
  readonly httpClient: HttpClient;
  readonly endpointCache: EndpointCache;
  readonly fleet: Pick<Fleet, 'owns'>;
  /** The present owner number. Claims of another number date from before this process lost its lease. */
  readonly owner: () => number;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly buildRequest: RequestBuilder;
  readonly targetDefaults: TargetDefaults;
  /** How many attempts may be in flight in this process. */
  readonly concurrency: number;
  readonly limits: DeliveryLimits;
  readonly onError: (error: unknown) => void;
}

/**
 * Decides when each hand-off is attempted. The path of one, in the order of the methods below:
 *
 *     enqueue → queueUp → pump → startOne → attempt ~~ HTTP ~~► finish → recorder
 *
 * `pump` gives lanes their turns, one attempt each, for as long as there are slots. Every event that
 * can end a lane's wait (a result, a timer, an endpoint that was read, a new hand-off) queues the
 * lane up for a turn and pumps.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #slots: Slots;
  readonly #turns: Turns;
  readonly #slowWatch: SlowWatch;
  /** Attempts that have ended but are not in the storage yet; a crash would repeat them. */
  #unrecorded = 0;
  #stopping = false;
  #onDrained: (() => void) | null = null;

  constructor(options: DispatcherOptions) {
    const { clock, concurrency, limits } = options;
    this.#options = options;
    this.#slots = new Slots(concurrency);
    this.#turns = new Turns(this.#slots);
    this.#slowWatch = new SlowWatch(clock, limits.slowMs, (attempt) => this.#turnedSlow(attempt));
  }

  get inFlight(): number {
    return this.#slots.inFlight;
  }

  get unrecorded(): number {
    return this.#unrecorded;
  }

  /** Takes hand-offs that admission holds. Each ends as exactly one outcome at the recorder. */
  enqueue(handoffs: readonly Handoff[]): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const handoff of handoffs) {
      const lane = this.#options.lanes.of(handoff.endpointId, handoff.applicationId);
      const state = lane.state(nowMs);
      lane.waiting.push(handoff);
      if (this.#stopping || state === 'disabled') this.#releaseWaiting(lane);
      else if (state === 'paused') this.#pause(lane, nowMs);
      else this.#queueUp(lane);
    }
    this.#pump();
  }

  /**
   * A claim ends during its request when the wall clock was set forward for good, or when the process was
   * suspended for longer than its lease. If this process then claims the delivery again, the request in flight
   * gets the new claim. Returns the hand-offs that have no such request.
   */
  adoptClaims(claimed: readonly Handoff[]): readonly Handoff[] {
    const now = this.#options.clock.scheduleNow();
    const owner = this.#options.owner();
    const ended = this.#slowWatch.filter(
      ({ handoff: { claim } }) => claim.until <= now || claim.owner !== owner,
    );
    if (ended.length === 0) return claimed;
    return claimed.filter((handoff) => {
      const attempt = ended.find((other) => isSameAttempt(other.handoff, handoff));
      if (attempt !== undefined) attempt.handoff = handoff;
      return attempt === undefined;
    });
  }

  /** Releases the waiting hand-offs of endpoints that other processes own now. */
  releaseForeign(): void {
    for (const lane of this.#options.lanes.all()) if (!this.#owns(lane)) this.#releaseWaiting(lane);
  }

  /** Releases all waiting hand-offs. */
  releaseAll(): void {
    for (const lane of this.#options.lanes.all()) this.#releaseWaiting(lane);
  }

  /**
   * Releases the waiting hand-offs of cancelled messages: the storage has ended their claims. Requests in
   * flight go on; records of messages with headers must not repeat the headers, which the storage has deleted.
   */
  withdraw({ applicationId, endpointId, messageIds }: Change & { kind: 'cancelled' }): void {
    const cancelled = new Set(messageIds);
    const isMeant = (lane: Lane) =>
      lane.applicationId === applicationId &&
      (endpointId === null || lane.endpointId === endpointId);
    const inFlight = this.#slowWatch.filter(
      ({ lane, handoff }) =>
        handoff.headers !== null && isMeant(lane) && cancelled.has(handoff.messageId),
    );
    for (const attempt of inFlight) attempt.isForgotten = true;
    for (const lane of this.#options.lanes.all()) {
      if (lane.waiting.length === 0 || !isMeant(lane)) continue;
      const found = lane.waiting.remove(({ messageId }) => cancelled.has(messageId));
      for (const handoff of found) this.release(lane, handoff);
      if (found.length > 0) lane.backlogged = true;
    }
  }

  /** Returns a hand-off that admission holds to the storage, due after `delayMs`. */
  release(lane: Lane, handoff: Handoff, delayMs = 0): void {
    const { messageId, endpointId, claim } = handoff;
    const dueAt = this.#options.clock.scheduleNow() + delayMs;
    const release = { messageId, endpointId, claim, dueAt };
    const { recorder } = this.#options;
    recorder.add({ handoff, lane, record: null, health: null, release, ordered: false });
  }

  /** Takes up the notes that the previous owner of the endpoint sent at `atMs` (monotonic). */
  applyNotes(lane: Lane, notes: EndpointNotes, atMs: number): void {
    const { clock, limits } = this.#options;
    const nowMs = clock.monotonicMs();
    const pauseMs = Math.min(notes.pauseMs, limits.longestPushbackMs);
    lane.applyNotes({ ...notes, pauseMs }, atMs);
    if (lane.pausedUntilMs(nowMs) > nowMs) this.#pause(lane, nowMs);
    else if (lane.cancelTimer !== null) this.#resumeIn(lane, 0);
  }

  /** `count` more attempts are in the storage. */
  recorded(count: number): void {
    this.#unrecorded -= count;
    this.#pump();
  }

  /** A person changed the endpoint: its failures, pauses and learned rate are forgotten. */
  endpointChanged(endpointId: string): void {
    const { lanes, clock } = this.#options;
    lanes.forgive(endpointId);
    const lane = lanes.get(endpointId);
    if (lane === undefined) return;
    this.#slots.change(lane, () => lane.forgive(clock.monotonicMs()));
    this.#resume(lane);
  }

  /**
   * Takes nothing more, releases waiting hand-offs, and lets attempts in flight finish for `graceMs`;
   * then abandons them without counting them. Resolves when every hand-off has its outcome.
   */
  async stop(graceMs: number): Promise<void> {
    const { clock, lanes, admission, httpClient } = this.#options;
    this.#stopping = true;
    admission.close();
    for (const lane of lanes.all()) this.#releaseWaiting(lane);
    if (this.#slots.inFlight > 0) {
      const cancel = clock.after(graceMs, () => httpClient.abandon());
      await new Promise<void>((resolve) => (this.#onDrained = resolve));
      cancel();
    }
    this.#slowWatch.stop();
  }

  #queueUp(lane: Lane): void {
    if (lane.waiting.length > 0) this.#turns.queueUp(lane);
  }

  #pump(): void {
    const { unrecordedCount } = this.#options.limits;
    while (!this.#slots.full && this.#unrecorded < unrecordedCount) {
      const lane = this.#turns.take();
      if (lane === null) return;
      if (this.#startOne(lane)) this.#queueUp(lane);
    }
  }

  /** Starts the lane's next attempt. False: the lane can't now; a later event queues it up again. */
  #startOne(lane: Lane): boolean {
    if (lane.waiting.length === 0) return false;
    if (!this.#owns(lane)) {
      this.#releaseWaiting(lane);
      return false;
    }
    const { clock, limits } = this.#options;
    const nowMs = clock.monotonicMs();
    const target = this.#targetOf(lane);
    if (target === null) return false;
    const state = lane.state(nowMs);
    if (state === 'paused') this.#pause(lane, nowMs);
    // A pause may have replaced the timer that ends this wait, and the pause has ended: set the timer again.
    if (state === 'paced' && lane.cancelTimer === null) {
      this.#resumeIn(lane, lane.pacedUntilMs - nowMs);
    }
    if (state !== 'flowing' && state !== 'probing') return false;
    if (lane.inFlight >= lane.windowNow(nowMs)) return false;
    if (!this.#slots.admits(lane)) {
      this.#turns.park(lane);
      return false;
    }
    this.#releaseUnsafe(lane, target);
    if (lane.waiting.length === 0) return false;
    const waitMs = lane.pace.take(target.endpoint.rateLimit, nowMs);
    if (waitMs > 0) {
      lane.pacedUntilMs = nowMs + waitMs;
      if (waitMs > limits.holdThroughPauseMs) this.#releaseWaiting(lane);
      this.#resumeIn(lane, waitMs);
      return false;
    }
    const handoff = lane.waiting.shift();
    if (handoff === undefined) return false;
    this.#attempt(new Attempt(lane, target, handoff, clock.now(), nowMs));
    return true;
  }

  #owns(lane: Lane): boolean {
    return this.#options.fleet.owns(lane.endpointId);
  }

  /**
   * Releases waiting hand-offs whose claim could end during an attempt, or was made under an earlier owner
   * number: another process could attempt the same delivery at the same time.
   */
  #releaseUnsafe(lane: Lane, { policy }: Target): void {
    const { clock, owner } = this.#options;
    const neededUntil = clock.scheduleNow() + policy.timeoutMs + CLAIM_MARGIN_MS;
    for (;;) {
      const { first } = lane.waiting;
      if (first === undefined) return;
      const { claim } = first;
      if (claim.until >= neededUntil && claim.owner === owner()) return;
      lane.waiting.shift();
      this.release(lane, first);
    }
  }

  #attempt(attempt: Attempt): void {
    const { httpClient, buildRequest } = this.#options;
    const { lane, target, handoff, startedAt } = attempt;
    this.#slots.begin(lane);
    this.#slowWatch.add(attempt);
    let request: HttpRequest;
    try {
      const { origin, policy, credentials, endpoint } = target;
      const { head, body, sent, unfinished } = buildRequest(target, handoff, startedAt);
      attempt.sent = sent;
      const deadlineMs = policy.timeoutMs;
      const { tls } = endpoint;
      request = { origin, credentials, tls, deadlineMs, head, body, unfinished, attempt };
    } catch (error) {
      this.#finish(attempt, unsendable(error));
      return;
    }
    httpClient.post(request, (result) => {
      this.#finish(attempt, result);
      this.#queueUp(lane);
      this.#pump();
    });
  }

  #turnedSlow(attempt: Attempt): void {
    this.#slots.change(attempt.lane, () => attempt.lane.slowInFlight++);
  }

  #finish(attempt: Attempt, result: ExchangeResult): void {
    const { lane, target, handoff } = attempt;
    const { clock, ids, recorder, limits, random } = this.#options;
    const nowMs = clock.monotonicMs();
    this.#slowWatch.delete(attempt);
    this.#slots.end(lane, attempt.isSlow);
    lane.idleSinceMs = nowMs;
    if (this.#slots.inFlight === 0) this.#onDrained?.();
    if (result.localShortage) {
      this.release(lane, handoff, this.#stopping ? 0 : AFTER_SHORTAGE_MS);
      return;
    }
    const transition = transitionAfter(
      result,
      target,
      handoff,
      lane.health ?? target.endpoint.health,
      ids.next('atmpt'),
      {
        startedAt: attempt.startedAt,
        durationMs: Math.round(nowMs - attempt.startedMs),
        scheduleNow: clock.scheduleNow(),
      },
      attempt.isForgotten ? null : (result.sent ?? attempt.sent),
      { random, slowMs: limits.slowMs, longestPushbackMs: limits.longestPushbackMs },
    );
    const counts = attempt.startedMs >= lane.forgivenMs;
    const healthChange = counts ? transition.healthChange : null;
    if (healthChange !== null) lane.health = transition.health;
    this.#slots.change(lane, () => lane.judge(transition.verdict, target.concurrency, nowMs));
    this.#unrecorded++;
    recorder.add({
      handoff,
      lane,
      record: transition.record,
      health: lane.disabled ? withoutDisabling(healthChange) : healthChange,
      release: null,
      ordered: target.endpoint.ordered,
    });
    if (counts && transition.disables) {
      lane.disabled = true;
      this.#releaseWaiting(lane);
    } else if (lane.state(nowMs) === 'paused') {
      this.#pause(lane, nowMs);
    } else if (lane.window.isSingle) {
      // These hand-offs were admitted for a larger window; one by one they would wait very long here.
      this.#releaseWaiting(lane, this.#options.admission.limitOf(lane, nowMs));
    }
  }

  /** Null while the endpoint is being read (the lane is queued up afterwards), or when it may get no requests. */
  #targetOf(lane: Lane): Target | null {
    if (lane.reading) return null;
    const { endpointCache, clock, onError } = this.#options;
    const found = endpointCache.endpoint(lane.applicationId, lane.endpointId);
    if (!(found instanceof Promise)) return this.#targetFrom(lane, found);
    lane.reading = true;
    const read = () => {
      lane.reading = false;
      this.#queueUp(lane);
      this.#pump();
    };
    found.then(read, (error: unknown) => {
      onError(error);
      clock.after(AFTER_READ_ERROR_MS, read);
    });
    return null;
  }

  #targetFrom(lane: Lane, found: EndpointInContext | null): Target | null {
    if (found === null || !mayAttempt(found.endpoint)) {
      lane.health = null;
      this.#releaseWaiting(lane);
      return null;
    }
    const known = lane.target;
    if (known?.endpoint === found.endpoint && known.application === found.application) return known;
    return (lane.target = createTarget(found, this.#options.targetDefaults));
  }

  /** Starts nothing until the pause ends. Before a long pause, waiting hand-offs are released. */
  #pause(lane: Lane, nowMs: number): void {
    const pauseMs = lane.pausedUntilMs(nowMs) - nowMs;
    if (pauseMs > this.#options.limits.holdThroughPauseMs) this.#releaseWaiting(lane);
    this.#resumeIn(lane, pauseMs);
  }

  #resumeIn(lane: Lane, delayMs: number): void {
    lane.cancelTimer?.();
    lane.cancelTimer = this.#options.clock.after(delayMs, () => {
      lane.cancelTimer = null;
      this.#resume(lane);
    });
  }

  #resume(lane: Lane): void {
    const { admission, clock } = this.#options;
    admission.askForMore(lane, clock.monotonicMs());
    this.#queueUp(lane);
    this.#pump();
  }

  /** Releases the hand-offs that wait in the lane, except the first `keep`. */
  #releaseWaiting(lane: Lane, keep = 0): void {
    if (lane.waiting.length <= keep) return;
    lane.backlogged = true;
    for (const handoff of lane.waiting.drain(keep)) this.release(lane, handoff);
  }
}

/** False for a resend, and for a retry after an attempt that another process made meanwhile. */
function isSameAttempt(one: Handoff, other: Handoff): boolean {
  return (
    one.messageId === other.messageId &&
    one.endpointId === other.endpointId &&
    one.attemptCount === other.attemptCount &&
    one.trigger === other.trigger
  );
}

/** For an endpoint that another attempt has disabled already: its disabling must be announced once. */
function withoutDisabling(change: HealthChange | null): HealthChange | null {
  if (change?.disabled === undefined) return change;
  const { disabled: _, ...rest } = change;
  return rest;
}

const CLAIM_MARGIN_MS = 5_000;
const AFTER_SHORTAGE_MS = 1_000;
const AFTER_READ_ERROR_MS = 1_000;
