import type { Clock, Random } from '../domain/clock.ts';
import type { Handoff } from '../domain/delivery.ts';
import type { EndpointHealth } from '../domain/endpoint.ts';
import { Fifo } from '../domain/fifo.ts';
import type { Ids } from '../domain/ids.ts';
import type { Directory, EndpointInContext } from '../storage/storage.ts';
import { conclude } from './conclude.ts';
import type { ConnectionRequest } from './http-client/connection.ts';
import type { ExchangeResult, HttpClient } from './http-client/http-client.ts';
import { Lane } from './lane.ts';
import type { Outcome } from './recorder.ts';
import { type Target, type TargetDefaults, createTarget } from './target.ts';

export interface DispatcherOptions {
  readonly directory: Directory;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly client: HttpClient;
  readonly buildRequest: (target: Target, handoff: Handoff, now: number) => ConnectionRequest;
  readonly defaults: TargetDefaults;
  /** Attempts in flight in this process. */
  readonly concurrency: number;
  /** Takes what became of each hand-off that was received, exactly once per hand-off. */
  readonly conclude: (outcome: Outcome) => void;
  /** A lane that may have more in the storage has room (again). */
  readonly onHungry: () => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Gives each hand-off its turn: into its endpoint's lane, out of it when the lane and the process
 * have a slot, through one attempt, to the recorder. Lanes take turns, one attempt each.
 *
 * Attempts in flight and those that wait to be recorded are together at most `MADE_PER_SLOT`
 * times the process's slots, so that a crash repeats no more than that.
 *
 * The last quarter of the slots is for lanes that have nothing in flight and did not fail last: one
 * attempt each. Endpoints that hang can't take what the others need to go on.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #lanes = new Map<string, Lane>();
  readonly #ready = new Fifo<Lane>();
  /** Lanes that met the limit of the shared slots. */
  readonly #parked = new Fifo<Lane>();
  /** What this process knows newer than the directory. Only of endpoints that have failed. */
  readonly #health = new Map<string, EndpointHealth>();
  readonly #sharedSlots: number;
  #inFlight = 0;
  /** Attempts that are made and not yet in the storage: what a crash would repeat. */
  #unrecorded = 0;
  #stopping = false;
  #drained: (() => void) | null = null;
  #cancelSweepOfIdle: (() => void) | null = null;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#sharedSlots = Math.max(Math.floor(options.concurrency * SHARED_PART), 1);
  }

  receive(handoffs: readonly Handoff[]): void {
    for (const handoff of handoffs) {
      const lane = this.#laneOf(handoff);
      if (this.#stopping || lane.disabled || lane.waiting.length >= LANE_ROOM) {
        lane.hungry = true;
        this.#release(handoff);
      } else {
        lane.waiting.push(handoff);
        this.#makeReady(lane);
      }
    }
    this.#pump();
  }

  /**
   * Whether a new delivery may be handed over at once. Publishers get half of a lane, so that
   * retries find room in one that they keep full.
   */
  admits(endpointId: string, queueRoom: number): boolean {
    if (this.#stopping) return false;
    const lane = this.#lanes.get(endpointId);
    if (lane === undefined) return true;
    const limit = queueRoom > SCARCE_QUEUE_ROOM ? LANE_ROOM / 2 : ASSURED_WAITING;
    if (lane.disabled || lane.waiting.length >= limit || this.#isOpen(lane)) {
      lane.hungry = true;
      return false;
    }
    return true;
  }

  /** Room per lane, for the claim of due deliveries. */
  capacities(): { capacities: ReadonlyMap<string, number>; defaultCapacity: number } {
    const now = this.#options.clock.now();
    const rooms = new Map<string, number>();
    for (const lane of this.#lanes.values()) {
      const room = this.#roomOf(lane, now);
      if (room === LANE_ROOM) continue;
      rooms.set(lane.endpointId, room);
      if (room === 0) lane.hungry = true;
    }
    return { capacities: rooms, defaultCapacity: LANE_ROOM };
  }

  /** What was claimed with those rooms: a lane that got all it had room for may have left more behind. */
  claimed(handoffs: readonly Handoff[], rooms: ReadonlyMap<string, number>): void {
    const counts = new Map<Lane, number>();
    for (const handoff of handoffs) {
      const lane = this.#laneOf(handoff);
      const count = (counts.get(lane) ?? 0) + 1;
      counts.set(lane, count);
      if (count >= (rooms.get(lane.endpointId) ?? LANE_ROOM)) lane.hungry = true;
    }
  }

  /** So many attempts are in the storage now. */
  recorded(count: number): void {
    this.#unrecorded -= count;
    this.#pump();
  }

  /** The endpoint was changed by a person: forget what was held against it. */
  endpointChanged(endpointId: string): void {
    this.#health.delete(endpointId);
    const lane = this.#lanes.get(endpointId);
    if (lane === undefined) return;
    lane.cancelTimer?.();
    lane.cancelTimer = null;
    lane.breaker.succeeded();
    lane.disabled = false;
    lane.hungry = false;
    this.#makeReady(lane);
    this.#pump();
  }

  /**
   * Takes nothing more, gives back what waits, and lets what is in flight finish for `graceMs`;
   * then gives it up without counting it. Resolves when every hand-off is concluded.
   */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    this.#cancelSweepOfIdle?.();
    for (const lane of this.#lanes.values()) {
      lane.cancelTimer?.();
      this.#releaseWaiting(lane);
    }
    if (this.#inFlight > 0) {
      const cancel = this.#options.clock.after(graceMs, () => this.#options.client.abandon());
      await new Promise<void>((resolve) => (this.#drained = resolve));
      cancel();
    }
    this.#options.client.stop();
    this.#lanes.clear();
  }

  #laneOf(handoff: Handoff): Lane {
    let lane = this.#lanes.get(handoff.endpointId);
    if (lane === undefined) {
      const { endpointId, applicationId } = handoff;
      lane = new Lane(endpointId, applicationId, this.#options.random);
      this.#lanes.set(lane.endpointId, lane);
      this.#cancelSweepOfIdle ??= this.#options.clock.after(IDLE_LOOK_MS, () => this.#dropIdle());
    }
    return lane;
  }

  #makeReady(lane: Lane): void {
    if (lane.ready || lane.waiting.length === 0) return;
    // A parked lane waits for a shared slot, but for its assured one when nothing of it is in flight.
    if (lane.parked && lane.inFlight > 0) return;
    lane.ready = true;
    this.#ready.push(lane);
  }

  #hasSlot(): boolean {
    const { concurrency } = this.#options;
    const made = this.#inFlight + this.#unrecorded;
    return this.#inFlight < concurrency && made < MADE_PER_SLOT * concurrency;
  }

  #pump(): void {
    while (this.#hasSlot()) {
      const lane = this.#nextLane();
      if (lane === undefined) return;
      if (this.#startOne(lane)) this.#makeReady(lane);
    }
  }

  #nextLane(): Lane | undefined {
    const parked = this.#inFlight < this.#sharedSlots ? this.#parked.shift() : undefined;
    if (parked !== undefined) {
      parked.parked = false;
      return parked;
    }
    const lane = this.#ready.shift();
    if (lane !== undefined) lane.ready = false;
    return lane;
  }

  /** Starts the lane's next attempt. False: it can't now, and something will make it ready again. */
  #startOne(lane: Lane): boolean {
    const now = this.#options.clock.now();
    const target = this.#targetOf(lane);
    if (target === null) return false;
    const breaker = lane.breaker.state(now);
    if (breaker === 'open') {
      this.#releaseWaiting(lane);
      return false;
    }
    if (lane.inFlight >= (breaker === 'half-open' ? 1 : target.concurrency)) return false;
    if (this.#inFlight >= this.#sharedSlots && lane.inFlight >= (lane.failing ? 0 : 1)) {
      if (!lane.parked) this.#parked.push(lane);
      lane.parked = true;
      return false;
    }
    const { rateLimit } = target.endpoint;
    const waitMs = rateLimit === null ? 0 : lane.rateLimit.take(rateLimit, now);
    if (waitMs > 0) {
      this.#wakeLaneIn(lane, waitMs);
      return false;
    }
    const handoff = lane.waiting.shift();
    if (handoff === undefined) return false;
    this.#feedWhenLow(lane);
    // A claim that could end in the middle of the attempt is no claim.
    if (handoff.claim.until - now < target.policy.timeoutMs + CLAIM_MARGIN_MS)
      this.#release(handoff);
    else this.#attempt(lane, target, handoff, now);
    return true;
  }

  /** Null: not known yet (the lane is made ready when it is), or no deliveries may be made now. */
  #targetOf(lane: Lane): Target | null {
    if (lane.resolving) return null;
    const found = this.#options.directory.endpoint(lane.applicationId, lane.endpointId);
    if (found instanceof Promise) {
      lane.resolving = true;
      found.then(
        () => this.#resolved(lane),
        (error: unknown) => {
          this.#options.onError(error);
          this.#options.clock.after(DIRECTORY_RETRY_MS, () => this.#resolved(lane));
        },
      );
      return null;
    }
    return this.#targetFrom(lane, found);
  }

  #resolved(lane: Lane): void {
    lane.resolving = false;
    this.#makeReady(lane);
    this.#pump();
  }

  #targetFrom(lane: Lane, found: EndpointInContext | null): Target | null {
    if (found === null || found.endpoint.disabled !== null) {
      this.#health.delete(lane.endpointId);
      this.#releaseWaiting(lane);
      return null;
    }
    const known = lane.target;
    if (known?.endpoint === found.endpoint && known.application === found.application) return known;
    return (lane.target = createTarget(found, this.#options.defaults));
  }

  #attempt(lane: Lane, target: Target, handoff: Handoff, now: number): void {
    lane.inFlight++;
    this.#inFlight++;
    let request: ConnectionRequest;
    try {
      request = this.#options.buildRequest(target, handoff, now);
    } catch (error) {
      this.#finish(lane, target, handoff, now, unsendable(error as Error));
      return;
    }
    const { head, body } = request;
    const { origin, policy } = target;
    this.#options.client.post({ origin, head, body, deadlineMs: policy.timeoutMs }, (result) =>
      this.#finish(lane, target, handoff, now, result),
    );
  }

  #finish(
    lane: Lane,
    target: Target,
    handoff: Handoff,
    startedAt: number,
    result: ExchangeResult,
  ): void {
    const { clock, ids, random } = this.#options;
    const now = clock.now();
    lane.inFlight--;
    this.#inFlight--;
    lane.idleSince = now;
    if (result.localShortage) {
      this.#release(handoff, this.#stopping ? 0 : SHORTAGE_WAIT_MS);
    } else {
      const before = this.#health.get(lane.endpointId) ?? target.endpoint.health;
      const at = { id: ids.next('atmpt'), startedAt, now };
      const { outcome, health, disables } = conclude(target, handoff, result, before, at, random);
      if (outcome.health) this.#health.set(lane.endpointId, health);
      this.#judge(lane, outcome.record?.attempt.succeeded === true, now);
      if (disables) this.#disable(lane);
      this.#unrecorded++;
      this.#options.conclude(outcome);
    }
    this.#makeReady(lane);
    if (this.#inFlight === 0) this.#drained?.();
    this.#pump();
  }

  #judge(lane: Lane, succeeded: boolean, now: number): void {
    lane.failing = !succeeded;
    if (succeeded) {
      const wasOpen = lane.breaker.state(now) !== 'closed';
      lane.breaker.succeeded();
      if (wasOpen) this.#options.onHungry();
      return;
    }
    if (!lane.breaker.failed(now)) return;
    this.#releaseWaiting(lane);
    this.#wakeLaneIn(lane, lane.breaker.openUntil - now);
  }

  #disable(lane: Lane): void {
    lane.disabled = true;
    this.#health.delete(lane.endpointId);
    this.#releaseWaiting(lane);
  }

  #wakeLaneIn(lane: Lane, waitMs: number): void {
    lane.cancelTimer?.();
    lane.cancelTimer = this.#options.clock.after(waitMs, () => {
      lane.cancelTimer = null;
      this.#makeReady(lane);
      if (lane.hungry) this.#options.onHungry();
      this.#pump();
    });
  }

  #feedWhenLow(lane: Lane): void {
    if (!lane.hungry || lane.waiting.length > LANE_ROOM / 4) return;
    lane.hungry = false;
    this.#options.onHungry();
  }

  #isOpen(lane: Lane): boolean {
    return lane.breaker.state(this.#options.clock.now()) !== 'closed';
  }

  #roomOf(lane: Lane, now: number): number {
    if (lane.disabled) return 0;
    const state = lane.breaker.state(now);
    if (state === 'open') return 0;
    const room = state === 'half-open' ? 1 - lane.inFlight : LANE_ROOM;
    return Math.max(room - lane.waiting.length, 0);
  }

  #releaseWaiting(lane: Lane): void {
    if (lane.waiting.length > 0) lane.hungry = true;
    for (const handoff of lane.waiting.drain()) this.#release(handoff);
  }

  #release(handoff: Handoff, delayMs = 0): void {
    const { messageId, endpointId, claim } = handoff;
    const dueAt = this.#options.clock.now() + delayMs;
    this.#options.conclude({
      handoff,
      record: null,
      health: null,
      release: { messageId, endpointId, claim, dueAt },
      ordered: false,
    });
  }

  #dropIdle(): void {
    const now = this.#options.clock.now();
    for (const lane of this.#lanes.values()) {
      const idle = lane.inFlight === 0 && lane.waiting.length === 0 && lane.cancelTimer === null;
      if (!idle || now - lane.idleSince < IDLE_LOOK_MS || lane.breaker.state(now) !== 'closed')
        continue;
      this.#lanes.delete(lane.endpointId);
    }
    this.#cancelSweepOfIdle =
      this.#lanes.size === 0
        ? null
        : this.#options.clock.after(IDLE_LOOK_MS, () => this.#dropIdle());
  }
}

function unsendable({ message }: Error): ExchangeResult {
  return {
    statusCode: null,
    failure: 'request',
    detail: message,
    response: '',
    retryAfter: null,
    localShortage: false,
  };
}

/** Hand-offs that may wait in one lane. */
const LANE_ROOM = 1024;
/** What a lane is granted when the queue is almost full. */
const ASSURED_WAITING = 16;
const SCARCE_QUEUE_ROOM = 4096;
/** Attempts in flight or not yet in the storage, per slot. Fewer would make for small commits. */
const MADE_PER_SLOT = 4;
const SHARED_PART = 0.75;
const CLAIM_MARGIN_MS = 5_000;
const SHORTAGE_WAIT_MS = 1_000;
const DIRECTORY_RETRY_MS = 1_000;
const IDLE_LOOK_MS = 60_000;
