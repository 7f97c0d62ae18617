import type { Clock, Random } from '../domain/clock.ts';
import type { DeliveryEvent } from '../domain/delivery-event.ts';
import type { Handoff } from '../domain/delivery.ts';
import type { Ids } from '../domain/ids.ts';
import type { DeliveryPolicy } from '../domain/policy.ts';
import type { Consumer, Dispatch, Queue } from '../queue/queue.ts';
import type { AttemptRecord, Directory, Storage } from '../storage/storage.ts';
import { Dispatcher } from './dispatcher.ts';
import type { HttpClient } from './http-client/http-client.ts';
import { OrphanJanitor } from './orphan-janitor.ts';
import { type Outcome, Recorder } from './recorder.ts';
import { createRequestBuilder } from './request.ts';
import { Sweeper } from './sweeper.ts';

export interface EngineOptions {
  readonly storage: Storage;
  readonly queue: Queue;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly policy: DeliveryPolicy;
  readonly concurrency: number;
  readonly endpointConcurrency: number;
  /** Stopped with the engine. */
  readonly client: HttpClient;
  readonly svixHeaders: boolean;
  readonly userAgent: string;
  /** Told after the fact is in the storage. Must not throw. */
  readonly onDelivery?: ((event: DeliveryEvent) => void) | undefined;
  /** Something that is tried again; for the log. */
  readonly onError: (error: unknown) => void;
}

/** Delivers: storage and queue on one side, the receivers on the other. */
export interface Engine {
  /** How publishers hand over to it. */
  readonly dispatch: Dispatch;
  start(): void;
  /** Finishes what is in flight within `graceMs`, gives back the rest, and leaves nothing unwritten. */
  stop(graceMs: number): Promise<void>;
}

export function createEngine(options: EngineOptions): Engine {
  const { storage, queue, directory, clock, onError } = options;
  let consumer: Consumer | null = null;
  let stopped: Promise<void> | null = null;

  const recorder = new Recorder({ storage, clock, onCommitted, onError });
  const dispatcher = new Dispatcher({
    ...options,
    buildRequest: createRequestBuilder(options),
    defaults: options,
    conclude: (outcome) => recorder.add(outcome),
    onHungry: () => sweeper.wake(clock.now()),
  });
  const sweeper = new Sweeper({
    storage,
    queue,
    clock,
    claimMs: CLAIM_MS,
    capacities: () => dispatcher.capacities(),
    onClaimed: (handoffs, capacities) => dispatcher.claimed(handoffs, capacities),
    onError,
  });
  const janitor = new OrphanJanitor(storage, clock, onError);

  return {
    dispatch: {
      claimMs: CLAIM_MS,
      reserve: (endpointId, bytes) =>
        dispatcher.admits(endpointId, queue.room()) && queue.reserve(1, bytes),
      cancel: (_endpointId, bytes) => queue.unreserve(1, bytes),
      handOver: (handoffs) => queue.push(handoffs),
      wake: (dueAt) => sweeper.wake(dueAt),
      endpointChanged(endpointId) {
        dispatcher.endpointChanged(endpointId);
        sweeper.wake(clock.now());
        janitor.look();
      },
    },

    start() {
      if (consumer) return;
      consumer = queue.consume(PREFETCH, receive);
      sweeper.start();
      janitor.start();
    },

    async stop(graceMs) {
      stopped ??= (async () => {
        await sweeper.stop();
        await janitor.stop();
        await consumer?.stop();
        await dispatcher.stop(graceMs);
        await recorder.settled();
      })();
      await stopped;
    },
  };

  function receive(handoffs: readonly Handoff[], redelivered: boolean): void {
    const ours = !redelivered && handoffs.every(({ claim }) => claim.owner === storage.owner);
    if (ours) dispatcher.receive(handoffs);
    else void receiveDoubtful(handoffs);
  }

  /** Somebody else may hold the claim by now: only what we get it for is attempted. */
  async function receiveDoubtful(handoffs: readonly Handoff[]): Promise<void> {
    const dueAt = clock.now();
    const live = await storage.renewClaims(handoffs, dueAt + CLAIM_MS).catch(givenUp);
    queue.ack(handoffs);
    const held = Map.groupBy(live, ({ payload }) => queue.reserve(1, payload.length));
    queue.push(held.get(true) ?? []);
    const spilled = (held.get(false) ?? []).map((handoff) => ({ ...handoff, dueAt }));
    if (spilled.length === 0) return;
    await storage.record(() => ({ records: [], health: [], releases: spilled })).catch(givenUp);
  }

  /** The storage brings them again when their claims end. */
  function givenUp(error: unknown): Handoff[] {
    onError(error);
    return [];
  }

  function onCommitted(outcomes: readonly Outcome[]): void {
    queue.ack(outcomes.map(({ handoff }) => handoff));
    sweeper.roomFreed();
    let wakeAt = Infinity;
    let recorded = 0;
    for (const { record, health, release, ordered } of outcomes) {
      if (release) wakeAt = Math.min(wakeAt, release.dueAt);
      // An ordered endpoint's next delivery could not be claimed before this one was settled.
      if (ordered) wakeAt = 0;
      if (record === null) continue;
      recorded++;
      if (record.next.state === 'pending') wakeAt = Math.min(wakeAt, record.next.dueAt);
      if (health?.disabled) directory.invalidate(record.attempt.applicationId);
      if (options.onDelivery) tell(options.onDelivery, record, health?.disabled !== undefined);
    }
    sweeper.wake(wakeAt);
    dispatcher.recorded(recorded);
  }
}

const TOLD = { delivered: 'delivered', exhausted: 'exhausted', pending: 'failed' } as const;

function tell(
  onDelivery: (event: DeliveryEvent) => void,
  { attempt, next }: AttemptRecord,
  disabled: boolean,
): void {
  const { messageId, endpointId, applicationId } = attempt;
  const at = attempt.startedAt + attempt.durationMs;
  const event = { messageId, endpointId, applicationId, attempt, at };
  onDelivery({ kind: TOLD[next.state], ...event });
  if (disabled) onDelivery({ kind: 'disabled', ...event });
}

/** Far longer than a hand-off waits and an attempt lasts; only a lost hand-off ever sees its end. */
const CLAIM_MS = 5 * 60_000;
/** Hand-offs of a broker that this process holds unacknowledged. In-process, the queue's bound holds. */
const PREFETCH = 1_024;
