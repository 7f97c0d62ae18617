import type { Handoff } from '../../src/domain/delivery.ts';
import { PosthasteError } from '../../src/domain/errors.ts';
import { NO_CHANGES } from '../../src/storage/changes.ts';
import { SHARDS, createFleetOfOne } from '../../src/storage/fleet.ts';
import type {
  AcceptResult,
  ClaimRequest,
  ClaimResult,
  NewMessage,
  RecordBatch,
  ScheduledDelivery,
  Storage,
} from '../../src/storage/storage.ts';
import type { SimDatabase } from './sim-database.ts';
import { simRepositories } from './sim-repositories.ts';

/** What one commit or read is like. */
export interface StorageTurn {
  readonly takesMs: number;
  /**
   * - `done`: it happens, and is answered
   * - `failed`: it does not happen, and `storage_unavailable` is answered
   * - `unanswered`: it happens, but `storage_unavailable` is answered, as when the connection is lost
   */
  readonly fate: 'done' | 'failed' | 'unanswered';
}

export interface SimStorageOptions {
  readonly database: SimDatabase;
  /** Waits; does nothing any more once the process is gone. */
  readonly after: (delayMs: number, run: () => void) => void;
  readonly now: () => number;
  readonly nextCommit: () => StorageTurn;
  readonly nextRead: () => StorageTurn;
}

/** One process's view of a simulated database, with its group commit. */
export class SimStorage implements Storage {
  readonly #options: SimStorageOptions;
  readonly #database: SimDatabase;
  #owner = 0;
  #gathering: Call[] = [];
  #busy = false;
  #reads = 0;
  #stopping: Promise<void> | null = null;
  #idle: (() => void)[] = [];
  /** Commits and reads, for the check that an idle process leaves the storage alone. */
  turns = 0;
  /** How many deliveries the last claim asked for: of an idle process, half of what it may hold. */
  lastClaimLimit = 0;

  readonly fleet = createFleetOfOne(() => ({
    number: this.#owner,
    name: 'simulated',
    roles: [],
    version: '',
    startedAt: 0,
    leaseUntil: null,
    ownedShards: SHARDS,
  }));
  readonly changes = NO_CHANGES;
  readonly applications: Storage['applications'];
  readonly endpoints: Storage['endpoints'];
  readonly eventTypes: Storage['eventTypes'];
  readonly messages: Storage['messages'];
  readonly attempts: Storage['attempts'];
  readonly requestKeys: Storage['requestKeys'];

  constructor(options: SimStorageOptions) {
    this.#options = options;
    this.#database = options.database;
    const read = <T>(run: () => T) => this.#read(run);
    const write = <T>(run: () => T) => this.#write(run);
    const repositories = simRepositories(options.database, read, write);
    this.applications = repositories.applications;
    this.endpoints = repositories.endpoints;
    this.eventTypes = repositories.eventTypes;
    this.messages = repositories.messages;
    this.attempts = repositories.attempts;
    this.requestKeys = repositories.requestKeys;
  }

  get owner(): number {
    return this.#owner;
  }

  async start(): Promise<void> {
    if (this.#owner === 0) this.#owner = this.#database.open(this.#options.now());
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#settled();
    return this.#stopping;
  }

  acceptMessages(messages: readonly NewMessage[]): Promise<AcceptResult[]> {
    return this.#write(() =>
      messages.map((message) => this.#database.accept(this.#owner, message)),
    );
  }

  claimDue(request: ClaimRequest): Promise<ClaimResult> {
    this.lastClaimLimit = request.limit;
    return this.#write(() => this.#database.claimDue(this.#owner, request));
  }

  record(take: () => RecordBatch): Promise<void> {
    let batch: RecordBatch;
    return this.#write(
      () => {
        refuseUnwritable(batch);
        for (const release of batch.releases) this.#database.release(release);
        for (const record of batch.records) this.#database.record(record);
        for (const change of batch.health) this.#database.changeHealth(change);
      },
      () => (batch = take()),
    );
  }

  renewClaims(handoffs: readonly Handoff[], until: number): Promise<Handoff[]> {
    return this.#write(() => this.#database.renew(this.#owner, handoffs, until));
  }

  scheduleDelivery(delivery: ScheduledDelivery): Promise<void> {
    return this.#write(() => this.#database.schedule(delivery));
  }

  cancelOrphans(limit: number): Promise<number> {
    return this.#write(() => this.#database.cancelOrphans(limit));
  }

  async #settled(): Promise<void> {
    while (this.#busy || this.#gathering.length > 0 || this.#reads > 0) {
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
  }

  #write<T>(run: () => T, begin: () => void = nothing): Promise<T> {
    const refused = this.#refusal();
    if (refused !== null) return Promise.reject(refused);
    return new Promise<T>((resolve, reject) => {
      let settle = nothing;
      this.#gathering.push({
        begin,
        run() {
          try {
            const value = run();
            settle = () => resolve(value);
          } catch (error) {
            settle = () => reject(error);
          }
        },
        answer: () => settle(),
        fail: reject,
      });
      if (this.#busy) return;
      this.#busy = true;
      // What is called in the same moment goes along.
      this.#options.after(0, () => this.#commit());
    });
  }

  /** Calls that begin by failing are answered at once; the others are committed together. */
  #commit(): void {
    const gathered = this.#gathering;
    this.#gathering = [];
    const batch = gathered.filter((call) => {
      try {
        call.begin();
        return true;
      } catch (error) {
        call.fail(error as Error);
        return false;
      }
    });
    const { takesMs, fate } = this.#options.nextCommit();
    this.turns++;
    this.#options.after(takesMs / 2, () => {
      if (fate !== 'failed') for (const call of batch) call.run();
      this.#options.after(takesMs / 2, () => {
        for (const call of batch) {
          if (fate === 'done') call.answer();
          else call.fail(unavailable());
        }
        this.#busy = this.#gathering.length > 0;
        if (this.#busy) this.#commit();
        else this.#wakeIdle();
      });
    });
  }

  /** Sees what is committed at some moment before the answer. */
  #read<T>(run: () => T): Promise<T> {
    const refused = this.#refusal();
    if (refused !== null) return Promise.reject(refused);
    const { takesMs, fate } = this.#options.nextRead();
    this.turns++;
    this.#reads++;
    return new Promise<T>((resolve, reject) => {
      this.#options.after(takesMs / 2, () => {
        const value = run();
        this.#options.after(takesMs / 2, () => {
          this.#reads--;
          if (fate === 'done') resolve(value);
          else reject(unavailable());
          this.#wakeIdle();
        });
      });
    });
  }

  #wakeIdle(): void {
    for (const wake of this.#idle.splice(0)) wake();
  }

  #refusal(): PosthasteError | null {
    if (this.#stopping !== null) return new PosthasteError('stopping', 'the storage is closed');
    if (this.#owner > 0) return null;
    return new PosthasteError('internal', 'the storage is not started');
  }
}

interface Call {
  readonly begin: () => void;
  readonly run: () => void;
  readonly answer: () => void;
  readonly fail: (error: Error) => void;
}

/** Text that no storage here can keep. */
export const UNWRITABLE = 'unwritable';

/** Before anything of the batch is stored. */
function refuseUnwritable({ records }: RecordBatch): void {
  for (const { attempt } of records) {
    const { statusCode, response } = attempt;
    if (response === UNWRITABLE || (statusCode !== null && !Number.isInteger(statusCode))) {
      throw new PosthasteError('storage_rejected', 'a value can not be written');
    }
  }
}

function unavailable(): PosthasteError {
  return new PosthasteError('storage_unavailable', 'the simulated storage is out of order');
}

function nothing(): void {}
