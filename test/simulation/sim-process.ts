import type { Engine } from '../../src/delivery/delivery.ts';
import type { Clock } from '../../src/domain/clock.ts';
import type { Handoff } from '../../src/domain/delivery.ts';
import { createIds } from '../../src/domain/ids.ts';
import { type Operations, createOperations } from '../../src/operations/operations.ts';
import { createMemoryQueue } from '../../src/queue/memory/memory-queue.ts';
import type { Change } from '../../src/storage/changes.ts';
import { createEndpointCache } from '../../src/storage/endpoint-cache.ts';
import { Dice } from './dice.ts';
import type { CreateEngine, EngineParts } from './engine-parts.ts';
import type { Plan } from './plan.ts';
import type { Plant } from './plant.ts';
import type { SimClock } from './sim-clock.ts';
import type { SimDatabase } from './sim-database.ts';
import {
  type QueueTurn,
  type SimQueue,
  type SimQueueOptions,
  createSimQueue,
} from './sim-queue.ts';
import { Gate } from './gate.ts';
import type { MemoryFleetDatabase } from './sim-fleet-database.ts';
import type { SeeRequest, SimReceivers } from './sim-receivers.ts';
import { SimStorage, type StorageTurn } from './sim-storage.ts';

export interface ProcessOptions {
  readonly number: number;
  readonly plan: Plan;
  readonly clock: SimClock;
  readonly database: SimDatabase;
  readonly receivers: SimReceivers;
  readonly createEngine: CreateEngine;
  readonly plant: Plant;
  readonly nextCommit: () => StorageTurn;
  readonly nextRead: () => StorageTurn;
  readonly nextPush: () => QueueTurn;
  /** Called with each request that the process sends. */
  readonly see: (process: SimProcess, ...request: Parameters<SeeRequest>) => ReturnType<SeeRequest>;
  /** Null: the process has the database for itself. */
  readonly fleet: MemoryFleetDatabase | null;
  readonly carry: SimQueueOptions['carry'];
  readonly onError: (error: unknown) => void;
}

/** The result of a call to a process; `lost`: the process ended first. */
export type Answer<T> =
  | { readonly value: T }
  | { readonly error: unknown }
  | { readonly lost: true };

/**
 * One process of the installation, made of the real parts, but for storage, receivers and time. After `kill`, it does
 * nothing any more.
 */
export class SimProcess {
  readonly number: number;
  readonly clock: Clock;
  readonly storage: SimStorage;
  readonly queue: SimQueue;
  readonly #engine: Engine;
  readonly #operations: Operations;
  readonly #waiting = new Set<() => void>();
  readonly #gate = new Gate();
  readonly #soon: (work: () => void) => void;
  readonly #later: (delayMs: number, run: () => void) => void;

  constructor(options: ProcessOptions) {
    const { plan, plant, database, number } = options;
    const { pass } = this.#gate;
    const after = (delayMs: number, run: () => void) => {
      options.clock.after(delayMs, () => pass(run));
    };
    this.#later = after;
    this.#soon = (work) => void options.clock.after(0, work);
    this.number = number;
    this.clock = options.clock.ofProcess(pass);
    const clock = plant.clock?.(this.clock) ?? this.clock;
    this.storage = new SimStorage({
      database,
      after,
      now: () => this.clock.scheduleNow(),
      nextCommit: options.nextCommit,
      nextRead: options.nextRead,
      clock: this.clock,
      fleet: options.fleet,
      onError: options.onError,
    });
    const chance = new Dice(plan.seed, `process ${number}`);
    const ids = createIds(clock, chance.fill);
    const storage = plant.storage?.(this.storage) ?? this.storage;
    const realCache = createEndpointCache(storage);
    const endpointCache = plant.endpointCache?.(realCache) ?? realCache;
    this.queue = createSimQueue({
      queue: createMemoryQueue(),
      nextPush: options.nextPush,
      carry: options.carry,
    });
    const parts: EngineParts = {
      storage,
      queue: this.queue,
      endpointCache,
      clock,
      random: chance.next,
      ids,
      policy: plan.policy,
      concurrency: plan.concurrency,
      endpointConcurrency: plan.endpointConcurrency,
      httpClient: options.receivers.clientOf(this.#gate, (request) => options.see(this, request)),
      limits: plan.limits,
      onError: options.onError,
    };
    const createEngine = plant.engine?.(options.createEngine) ?? options.createEngine;
    this.#engine = createEngine(plant.parts?.(parts) ?? parts);
    const intake = this.#engine.intake;
    this.#operations = createOperations({
      storage,
      endpointCache,
      intake,
      clock,
      ids,
      addressGuard: { allows: () => true },
    });
  }

  async start(): Promise<void> {
    await this.storage.start();
    await this.queue.start();
    if (!this.#gate.isEnded) this.#engine.start();
  }

  async stop(graceMs: number): Promise<void> {
    await this.#engine.stop(graceMs);
    await this.queue.stop();
    await this.storage.stop();
    this.kill();
  }

  /** Delivers a hand-off that another process sent. */
  arrive(handoff: Handoff): void {
    this.#gate.pass(() => this.queue.arrive(handoff));
  }

  /** Tells the process, after a while, of a change by another process. */
  hear(change: Change, afterMs: number): void {
    this.#later(afterMs, () => this.storage.hear(change));
  }

  /** Tells the process, after a while, that shards can be taken. */
  shardsGiven(afterMs: number): void {
    this.#later(afterMs, () => this.storage.shardsGiven());
  }

  /** Suspends the process in the middle of its work; it goes on later. */
  hang(): void {
    this.#gate.hang();
  }

  resume(): void {
    this.#gate.resume(this.#soon);
  }

  get isHanging(): boolean {
    return this.#gate.isHanging;
  }

  kill(): void {
    this.#gate.end();
    for (const lose of this.#waiting) lose();
  }

  /** Calls an operation. When the process ends first, the answer is `lost`. */
  call<T>(run: (operations: Operations) => Promise<T>): Promise<Answer<T>> {
    if (this.#gate.isEnded) return Promise.resolve({ lost: true });
    return new Promise((resolve) => {
      const lose = () => resolve({ lost: true });
      this.#waiting.add(lose);
      const end = (answer: Answer<T>) => {
        this.#waiting.delete(lose);
        if (!this.#gate.isEnded) resolve(answer);
      };
      this.#gate.pass(() => {
        run(this.#operations).then(
          (value) => end({ value }),
          (error: unknown) => end({ error }),
        );
      });
    });
  }
}
