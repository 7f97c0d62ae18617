import type { Clock, Random } from '../domain/clock.ts';
import type { DeliveryEvent } from '../domain/delivery-event.ts';
import type { Handoff } from '../domain/delivery.ts';
import type { Ids } from '../domain/ids.ts';
import { contentChars } from '../domain/message.ts';
import type { DeliveryPolicy } from '../domain/policy.ts';
import type { Consumer, Queue } from '../queue/queue.ts';
import type { Change, EndpointCache, Storage } from '../storage/storage.ts';
import { Admission } from './admission.ts';
import { Arrivals } from './arrivals.ts';
import { AttemptsInFlight } from './attempts-in-flight.ts';
import { createIntake } from './create-intake.ts';
import type { Engine } from './delivery.ts';
import { Dispatcher } from './dispatcher.ts';
import { laneCounts } from './engine-status.ts';
import type { HttpClient } from './http-client/http-client.ts';
import type { Lane } from './lane.ts';
import { Lanes } from './lanes.ts';
import { DEFAULT_LIMITS, type DeliveryLimits } from './limits.ts';
import { createOrphanJanitor } from './orphan-janitor.ts';
import { Ownership } from './ownership.ts';
import { Recorder } from './recorder.ts';
import { Releaser } from './releaser.ts';
import { createRequestBuilder } from './request.ts';
import { createSettle } from './settle.ts';
import { Slots } from './slots.ts';
import { Sweeper } from './sweeper.ts';
import { Withdrawn } from './withdrawn.ts';

export interface EngineOptions {
  readonly storage: Storage;
  readonly queue: Queue;
  readonly endpointCache: EndpointCache;
  readonly httpClient: HttpClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly policy: DeliveryPolicy;
  readonly concurrency: number;
  readonly endpointConcurrency: number;
  readonly svixHeaders: boolean;
  readonly userAgent: string;
  readonly limits?: Partial<DeliveryLimits>;
  /** Called for each event after it is in the storage. Must not throw. */
  readonly onDelivery?: ((event: DeliveryEvent) => void) | undefined;
  /** Called for errors after which the engine tries again, so that they can be logged. */
  readonly onError: (error: unknown) => void;
}

/**
 * Puts the parts of delivery together. Calls go one way:
 *
 *     intake, sweeper ──► admission, dispatcher ──► recorder ──► storage
 *
 * Two events come back: outcomes are in the storage (`onCommitted`), and there is capacity for
 * deliveries that had to stay there (`onCapacity`, which wakes the sweeper).
 */
export function createEngine(options: EngineOptions): Engine {
  const { storage, queue, endpointCache, clock, random, onError } = options;
  const { fleet } = storage;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  let consumer: Consumer | null = null;
  let stopped: Promise<void> | null = null;

  const admission = new Admission({ limits, onCapacity: () => sweeper.wake() });
  const lanes = new Lanes({
    clock,
    random,
    firstWindow: limits.firstWindow,
    // The lane held the newest health of the endpoint, which is in the storage by now.
    onForget: (lane) => lane.health !== null && endpointCache.invalidate(lane.applicationId),
    onNoted: (lane, notes, atMs) => dispatcher.applyNotes(lane, notes, atMs),
  });
  const recorder = new Recorder({
    storage,
    clock,
    onCommitted: (outcomes, disabled) => settle(outcomes, disabled),
    onLost: (outcomes) => settle(outcomes, null),
    onError,
  });
  const owner = () => storage.owner;
  const releaser = new Releaser({ lanes, recorder, fleet, owner, clock });
  const slots = new Slots(options.concurrency);
  const inFlight = new AttemptsInFlight({ clock, slots, owner });
  const dispatcher = new Dispatcher({
    lanes,
    admission,
    slots,
    inFlight,
    releaser,
    recorder,
    endpointCache,
    fleet,
    clock,
    random,
    limits,
    onError,
    httpClient: options.httpClient,
    ids: options.ids,
    buildRequest: createRequestBuilder({ svixHeaders: options.svixHeaders }),
    targetDefaults: {
      policy: options.policy,
      endpointConcurrency: options.endpointConcurrency,
      userAgent: options.userAgent,
    },
  });
  const sweeper = new Sweeper({
    storage,
    admission,
    recorder,
    clock,
    limits,
    onError,
    capacities: () => admission.capacities(lanes.all(), clock.monotonicMs()),
    onClaimed(handoffs, { capacities, defaultCapacity }) {
      // A claim that filled a lane up to its capacity: the storage may have more for the lane.
      for (const [endpointId, its] of Map.groupBy(handoffs, (handoff) => handoff.endpointId)) {
        const [first] = its;
        if (its.length >= (capacities.get(endpointId) ?? defaultCapacity) && first !== undefined) {
          laneOf(first).backlogged = true;
        }
      }
      arrive(inFlight.renewClaims(handoffs));
    },
  });
  const janitor = createOrphanJanitor({
    storage,
    clock,
    onDone: () => sweeper.wake(),
    onError,
  });
  const ownership = new Ownership({
    storage,
    lanes,
    releaser,
    clock,
    onGained: () => sweeper.wake(),
    onNoted: (lane, notes) => dispatcher.applyNotes(lane, notes, clock.monotonicMs()),
  });
  const withdrawn = new Withdrawn(limits.claimMs);
  const arrivals = new Arrivals({
    storage,
    admission,
    lanes,
    clock,
    claimMs: limits.claimMs,
    release,
    renewClaims: (claimed) => inFlight.renewClaims(claimed),
    ack: (handoffs) => queue.ack(handoffs),
    onTaken: enqueue,
    onLeft: () => sweeper.wake(),
    onError,
  });

  const settle = createSettle({
    sweeper,
    dispatcher,
    endpointCache,
    clock,
    release,
    onDelivery: options.onDelivery,
  });
  const intake = createIntake({
    storage,
    queue,
    admission,
    lanes,
    sweeper,
    clock,
    claimMs: limits.claimMs,
    release,
    endpointChanged,
  });

  return {
    intake,
    status: () => ({
      ...laneCounts(lanes.all(), clock.monotonicMs()),
      inFlight: slots.inFlight,
      inFlightLimit: options.concurrency,
      held: limits.heldCount - admission.freeCount,
      heldLimit: limits.heldCount,
      unrecorded: dispatcher.unrecorded,
    }),

    start() {
      if (consumer) return;
      consumer = queue.consume(limits.heldCount, (handoffs, origin) => {
        if (origin === 'here') arrive(handoffs);
        else arrivals.add(handoffs);
      });
      sweeper.start();
      janitor.start();
      storage.changes.subscribe(changed);
      fleet.join(ownership);
    },

    async stop(graceMs) {
      stopped ??= (async () => {
        await sweeper.stop();
        await janitor.stop();
        await consumer?.stop();
        ownership.leave();
        await ownership.tellAll();
        await arrivals.settled();
        // Leave before the last requests end: other processes can take over the endpoints meanwhile.
        await fleet.leave();
        // Tell again: a process that takes endpoints over may have begun to listen only now.
        void ownership.tellAll();
        await dispatcher.stop(graceMs);
        await recorder.settled();
        await ownership.tellAll();
        lanes.stop();
        options.httpClient.stop();
      })();
      await stopped;
    },
  };

  /** A person changed the endpoint. */
  function endpointChanged(endpointId: string): void {
    dispatcher.endpointChanged(endpointId);
    sweeper.wake();
    janitor.wake();
  }

  function changed(change: Change): void {
    if (change.kind === 'due') sweeper.wake(change.dueAt);
    if (change.kind === 'cancelled') {
      withdrawn.add(change.messageIds, clock.scheduleNow());
      inFlight.forgetRequests(change);
      releaser.releaseCancelled(change);
      // At an ordered endpoint, what waited for a cancelled delivery may be due now.
      sweeper.wake();
    }
    if (change.kind === 'gap') {
      withdrawn.addAll(clock.scheduleNow());
      releaser.releaseAll();
    }
    if (change.kind === 'notes') ownership.heard(change);
    if (change.kind === 'application') change.endpointIds.forEach(endpointChanged);
  }

  function arrive(handoffs: readonly Handoff[]): void {
    for (const handoff of handoffs) admission.hold(laneOf(handoff), contentChars(handoff));
    enqueue(handoffs);
  }

  /** Releases hand-offs that were withdrawn after their claim, and enqueues the others. */
  function enqueue(handoffs: readonly Handoff[]): void {
    if (!handoffs.some((handoff) => withdrawn.has(handoff))) return dispatcher.enqueue(handoffs);
    for (const handoff of handoffs) {
      if (withdrawn.has(handoff)) releaser.release(laneOf(handoff), handoff);
    }
    dispatcher.enqueue(handoffs.filter((handoff) => !withdrawn.has(handoff)));
  }

  /** Ends a hand-off that admission holds. */
  function release(lane: Lane, chars: number, nowMs: number): void {
    admission.release(lane, chars, nowMs);
    ownership.released(lane);
  }

  function laneOf({ endpointId, applicationId }: Handoff) {
    return lanes.of(endpointId, applicationId);
  }
}
