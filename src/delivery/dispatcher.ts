import type { Clock, Random } from '../domain/clock.ts';
import type { Handoff } from '../domain/delivery.ts';
import type { Ids } from '../domain/ids.ts';
import type { EndpointCache, EndpointNotes, Fleet, HealthChange } from '../storage/storage.ts';
import type { Admission } from './admission.ts';
import { Attempt } from './attempt.ts';
import type { AttemptsInFlight } from './attempts-in-flight.ts';
import {
  type ExchangeResult,
  type HttpClient,
  type HttpRequest,
  withoutResponse,
} from './http-client/http-client.ts';
import type { Lane } from './lane.ts';
import type { Lanes } from './lanes.ts';
import type { DeliveryLimits } from './limits.ts';
import type { Recorder } from './recorder.ts';
import type { Releaser } from './releaser.ts';
import type { RequestBuilder } from './request.ts';
import type { Slots } from './slots.ts';
import type { TargetDefaults } from './target.ts';
import { Targets } from './targets.ts';
import { transitionAfter } from './transition.ts';
import { Turns } from './turns.ts';

export interface DispatcherOptions {
  readonly lanes: Lanes;
  readonly admission: Admission;
  readonly slots: Slots;
  readonly inFlight: AttemptsInFlight;
  readonly releaser: Releaser;
  readonly recorder: Recorder;
  readonly httpClient: HttpClient;
  readonly endpointCache: EndpointCache;
  readonly fleet: Pick<Fleet, 'owns'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly buildRequest: RequestBuilder;
  readonly targetDefaults: TargetDefaults;
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
  readonly #turns: Turns;
  readonly #targets: Targets;
  /** Attempts that are made but not in the storage yet; a crash would repeat them. */
  #unrecorded = 0;
  #stopping = false;
  #onDrained: (() => void) | null = null;

  constructor(options: DispatcherOptions) {
    const { slots, endpointCache, clock, targetDefaults, onError } = options;
    this.#options = options;
    this.#turns = new Turns(slots);
    this.#targets = new Targets({
      endpointCache,
      clock,
      defaults: targetDefaults,
      onRead: (lane) => this.#giveTurn(lane),
      onError,
    });
  }

  get unrecorded(): number {
    return this.#unrecorded;
  }

  /** Takes hand-offs that admission holds. Each ends as exactly one outcome at the recorder. */
  enqueue(handoffs: readonly Handoff[]): void {
    const { lanes, releaser, clock } = this.#options;
    const nowMs = clock.monotonicMs();
    for (const handoff of handoffs) {
      const lane = lanes.of(handoff.endpointId, handoff.applicationId);
      const state = lane.state(nowMs);
      lane.waiting.push(handoff);
      if (this.#stopping || state === 'disabled') releaser.releaseWaiting(lane);
      else if (state === 'paused') this.#pause(lane, nowMs);
      else this.#queueUp(lane);
    }
    this.#pump();
  }

  /** Applies the notes that the previous owner of the endpoint left at `atMs`. */
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
    const { lanes, slots, clock } = this.#options;
    lanes.forgive(endpointId);
    const lane = lanes.get(endpointId);
    if (lane === undefined) return;
    slots.change(lane, () => lane.forgive(clock.monotonicMs()));
    this.#resume(lane);
  }

  /**
   * Takes nothing more, releases waiting hand-offs, and lets attempts in flight finish for `graceMs`;
   * then abandons them without counting them. Resolves when every hand-off has its outcome.
   */
  async stop(graceMs: number): Promise<void> {
    const { admission, releaser, slots, inFlight, httpClient, clock } = this.#options;
    this.#stopping = true;
    admission.close();
    releaser.releaseAll();
    if (slots.inFlight > 0) {
      const cancel = clock.after(graceMs, () => httpClient.abandon());
      await new Promise<void>((resolve) => (this.#onDrained = resolve));
      cancel();
    }
    inFlight.stop();
  }

  #queueUp(lane: Lane): void {
    if (lane.waiting.length > 0) this.#turns.queueUp(lane);
  }

  #giveTurn(lane: Lane): void {
    this.#queueUp(lane);
    this.#pump();
  }

  #pump(): void {
    const { slots, limits } = this.#options;
    const { unrecordedCount } = limits;
    while (!slots.full && this.#unrecorded < unrecordedCount) {
      const lane = this.#turns.take();
      if (lane === null) return;
      if (this.#startOne(lane)) this.#queueUp(lane);
    }
  }

  /** Starts the lane's next attempt. False: the lane can't now; a later event queues it up again. */
  #startOne(lane: Lane): boolean {
    if (lane.waiting.length === 0) return false;
    const { fleet, slots, releaser, clock, limits } = this.#options;
    const target = fleet.owns(lane.endpointId) ? this.#targets.of(lane) : null;
    if (target === null) {
      if (!lane.reading) releaser.releaseWaiting(lane);
      return false;
    }
    const nowMs = clock.monotonicMs();
    if (!lane.begun) {
      slots.change(lane, () => lane.begin(target.endpoint.health.failingSince !== null));
    }
    if (!this.#isOpen(lane, nowMs)) return false;
    if (lane.inFlight >= lane.windowNow(nowMs)) return false;
    if (!slots.admits(lane)) {
      this.#turns.park(lane);
      return false;
    }
    releaser.releaseExpiring(lane, target.policy.timeoutMs);
    if (lane.waiting.length === 0) return false;
    const waitMs = lane.pace.take(target.endpoint.rateLimit, nowMs);
    if (waitMs > 0) {
      lane.pacedUntilMs = nowMs + waitMs;
      if (waitMs > limits.holdThroughPauseMs) releaser.releaseWaiting(lane);
      this.#resumeIn(lane, waitMs);
      return false;
    }
    const handoff = lane.waiting.shift();
    if (handoff === undefined) return false;
    this.#attempt(new Attempt(lane, target, handoff, clock.now(), nowMs, limits.slowMs));
    return true;
  }

  /** Whether the lane's state lets an attempt start. If not, a timer is set where only time ends the state. */
  #isOpen(lane: Lane, nowMs: number): boolean {
    const state = lane.state(nowMs);
    if (state === 'paused') this.#pause(lane, nowMs);
    // The timer of a pause, which has ended, had replaced the timer that ends this wait.
    if (state === 'paced' && lane.cancelTimer === null) {
      this.#resumeIn(lane, lane.pacedUntilMs - nowMs);
    }
    return state === 'flowing' || state === 'probing';
  }

  #attempt(attempt: Attempt): void {
    const { inFlight, httpClient, buildRequest } = this.#options;
    const { lane, target, handoff, startedAt } = attempt;
    inFlight.begin(attempt);
    let request: HttpRequest;
    try {
      const { origin, policy, credentials, endpoint } = target;
      const { head, body, sent, unfinished } = buildRequest(target, handoff, startedAt);
      attempt.sent = sent;
      const deadlineMs = policy.timeoutMs;
      const { tls } = endpoint;
      request = { origin, credentials, tls, deadlineMs, head, body, unfinished, attempt };
    } catch (error) {
      this.#finish(attempt, withoutResponse('request', error));
      return;
    }
    httpClient.post(request, (result) => {
      this.#finish(attempt, result);
      this.#giveTurn(lane);
    });
  }

  #finish(attempt: Attempt, result: ExchangeResult): void {
    const { lane, target, handoff } = attempt;
    const { slots, inFlight, releaser, recorder, clock, ids, limits, random } = this.#options;
    const nowMs = clock.monotonicMs();
    inFlight.end(attempt);
    lane.idleSinceMs = nowMs;
    if (slots.inFlight === 0) this.#onDrained?.();
    if (result.localShortage) {
      releaser.release(lane, handoff, this.#stopping ? 0 : AFTER_SHORTAGE_MS);
      return;
    }
    const ended = {
      id: ids.next('atmpt'),
      target,
      handoff,
      health: lane.health ?? target.endpoint.health,
      startedAt: attempt.startedAt,
      durationMs: Math.round(nowMs - attempt.startedMs),
      scheduleNow: clock.scheduleNow(),
      sent: attempt.isForgotten ? null : (result.sent ?? attempt.sent),
    };
    const transition = transitionAfter(result, ended, limits, random);
    const counts = attempt.startedMs >= lane.forgivenMs;
    const healthChange = counts ? transition.healthChange : null;
    if (healthChange !== null) lane.health = transition.health;
    slots.change(lane, () => lane.judge(transition.verdict, target.concurrency, nowMs));
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
      releaser.releaseWaiting(lane);
    } else if (lane.state(nowMs) === 'paused') {
      this.#pause(lane, nowMs);
    } else if (lane.window.isSingle) {
      // These hand-offs were admitted for a larger window; one by one they would wait very long here.
      releaser.releaseWaiting(lane, this.#options.admission.limitOf(lane, nowMs));
    }
  }

  /** Starts nothing until the pause ends. Before a long pause, waiting hand-offs are released. */
  #pause(lane: Lane, nowMs: number): void {
    const { releaser, limits } = this.#options;
    const pauseMs = lane.pausedUntilMs(nowMs) - nowMs;
    if (pauseMs > limits.holdThroughPauseMs) releaser.releaseWaiting(lane);
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
    this.#giveTurn(lane);
  }
}

/** For an endpoint that another attempt has disabled already: its disabling must be announced once. */
function withoutDisabling(change: HealthChange | null): HealthChange | null {
  if (change?.disabled === undefined) return change;
  const { disabled: _, ...rest } = change;
  return rest;
}

const AFTER_SHORTAGE_MS = 1_000;
