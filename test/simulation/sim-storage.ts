import type { Handoff } from '../../src/domain/delivery.ts';
import { PosthasteError } from '../../src/domain/errors.ts';
import type { Clock } from '../../src/domain/clock.ts';
import type { Change, Changes } from '../../src/storage/changes.ts';
import { type Fleet, SHARDS, createFleetOfOne, shardOf } from '../../src/storage/fleet.ts';
import type {
  AcceptResult,
  Backlog,
  ClaimRequest,
  ClaimResult,
  NewMessage,
  RecordBatch,
  Recorded,
  ScheduledDelivery,
  Storage,
} from '../../src/storage/storage.ts';
import type { SimDatabase } from './sim-database.ts';
import type { MemoryFleetDatabase } from './sim-fleet-database.ts';
import { SimMembership } from './sim-membership.ts';
import { simRepositories } from './sim-repositories.ts';

/** The course of one commit or read. */
export interface StorageTurn {
  readonly takesMs: number;
  /**
   * - `done`: it is executed and succeeds
   * - `failed`: it is not executed and fails with `storage_unavailable`
   * - `unanswered`: it is executed but fails with `storage_unavailable`, as when the connection breaks
   */
  readonly fate: 'done' | 'failed' | 'unanswered';
}

export interface SimStorageOptions {
  readonly database: SimDatabase;
  /** Runs something later, unless the process has ended by then. */
  readonly after: (delayMs: number, run: () => void) => void;
  readonly now: () => number;
  readonly nextCommit: () => StorageTurn;
  readonly nextRead: () => StorageTurn;
  readonly clock: Pick<Clock, 'monotonicMs' | 'after'>;
  /** Null: this process is alone on the database. */
  readonly fleet: MemoryFleetDatabase | null;
  readonly onError: (error: unknown) => void;
}

/** The storage of one process, over a simulated database, with its group commit. */
export class SimStorage implements Storage {
  readonly #options: SimStorageOptions;
  readonly #database: SimDatabase;
  #owner = 0;
  #gathering: Call[] = [];
  #busy = false;
  #reads = 0;
  #stopping: Promise<void> | null = null;
  #idle: (() => void)[] = [];
  readonly #membership: SimMembership | null;
  readonly #listeners: ((change: Change) => void)[] = [];
  /** The number of commits and reads, for the check that an idle process leaves the storage alone. */
  turns = 0;
  /** The limit of the last claim: from an idle process, half of what it may hold. */
  lastClaimLimit = 0;

  readonly fleet: Fleet;
  readonly changes: Changes;
  readonly applications: Storage['applications'];
  readonly endpoints: Storage['endpoints'];
  readonly eventTypes: Storage['eventTypes'];
  readonly messages: Storage['messages'];
  readonly undelivered: Storage['undelivered'];
  readonly attempts: Storage['attempts'];
  readonly keptAnswers: Storage['keptAnswers'];
  readonly statistics: Storage['statistics'];
  readonly operationalEvents: Storage['operationalEvents'];
  readonly tasks: Storage['tasks'];
  readonly apiKeys: Storage['apiKeys'];
  readonly revocations: Storage['revocations'];
  readonly audit: Storage['audit'];
  readonly configuration: Storage['configuration'];
  readonly organizationSettings: Storage['organizationSettings'];
  readonly listeners: Storage['listeners'];

  constructor(options: SimStorageOptions) {
    this.#options = options;
    this.#database = options.database;
    this.#membership = options.fleet === null ? null : this.#join(options.fleet);
    this.fleet = this.#membership ?? FLEET_OF_ONE;
    this.changes = {
      subscribe: (listener) => void this.#listeners.push(listener),
      isCurrent: () => this.#membership?.isCurrent ?? true,
    };
    const read = <T>(run: () => T) => this.#read(run);
    const write = <T>(run: () => T) => this.#write(run);
    const repositories = simRepositories(options.database, read, write);
    this.applications = repositories.applications;
    this.endpoints = repositories.endpoints;
    this.eventTypes = repositories.eventTypes;
    this.messages = repositories.messages;
    this.undelivered = repositories.undelivered;
    this.attempts = repositories.attempts;
    this.keptAnswers = repositories.keptAnswers;
    this.statistics = repositories.statistics;
    this.operationalEvents = repositories.operationalEvents;
    this.tasks = repositories.tasks;
    this.apiKeys = repositories.apiKeys;
    this.revocations = repositories.revocations;
    this.audit = repositories.audit;
    this.configuration = repositories.configuration;
    this.organizationSettings = repositories.organizationSettings;
    this.listeners = repositories.listeners;
  }

  get owner(): number {
    return this.#membership?.number ?? this.#owner;
  }

  async start(): Promise<void> {
    if (this.#membership === null) this.#owner ||= this.#database.open(this.#options.now());
    else {
      await this.#membership.start();
      this.#lookLater();
    }
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#settled().then(() => this.#leave());
    return this.#stopping;
  }

  /** Whether anybody subscribes to changes. */
  get isHeard(): boolean {
    return this.#listeners.length > 0;
  }

  /** Another process has given shards back. */
  shardsGiven(): void {
    this.#membership?.beat();
  }

  /** The server closed the connection of the heartbeats. */
  breakSession(): void {
    this.#options.fleet?.endSession(this.owner);
    this.#membership?.breakSession();
  }

  /** Tells this process of a change by another. */
  hear(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }

  async #leave(): Promise<void> {
    await this.#membership?.stop();
    if (this.#membership !== null) this.#options.fleet?.unregister(this.#membership.number);
  }

  /** Joins the fleet's part of the database, whose calls take time and fail as other reads do. */
  #join(fleet: MemoryFleetDatabase): SimMembership {
    const call = <T>(run: () => Promise<T>): Promise<T> => {
      const { takesMs, fate } = this.#options.nextRead();
      return new Promise<T>((resolve, reject) => {
        this.#options.after(takesMs / 2, () => {
          const answer = fate === 'failed' ? Promise.reject(unavailable()) : run();
          answer.catch(nothing);
          this.#options.after(takesMs / 2, () => {
            if (fate === 'done') answer.then(resolve, reject);
            else reject(unavailable());
          });
        });
      });
    };
    return new SimMembership({
      clock: this.#options.clock,
      onError: this.#options.onError,
      database: {
        register: () => call(() => fleet.register()),
        renew: (number, beat) =>
          call(() => fleet.renew(number, beat)).catch((error: unknown) => {
            // The connection has broken, and the server may notice it before the process does.
            fleet.endSession(number);
            throw error;
          }),
        take: (...given) => call(() => fleet.take(...given)),
        giveBack: (...given) => call(() => fleet.giveBack(...given)),
        leave: (number) => call(() => fleet.leave(number)),
        endClaimsOfTheGone: (...given) => call(() => fleet.endClaimsOfTheGone(...given)),
        claimedElsewhere: (...given) => call(() => fleet.claimedElsewhere(...given)),
        tellNotes: (...given) => call(() => fleet.tellNotes(...given)),
      },
    });
  }

  /** Looks regularly for due work without a notification, and for claims of processes that are gone. */
  #lookLater(): void {
    this.#options.after(LOOK_EVERY_MS, () => {
      if (this.#stopping !== null || this.#membership === null) return;
      const { database, now } = this.#options;
      const owned = new Set(this.#membership.ownedShards);
      const isOwned = (endpointId: string) => owned.has(shardOf(endpointId));
      void this.#membership.endClaimsOfTheGone();
      for (const { endpointId, claimOwner, dueAt } of database.allOwed()) {
        if (claimOwner !== 0 || dueAt === null || dueAt > now() || !isOwned(endpointId)) continue;
        if (!database.takesDeliveries(endpointId)) continue;
        this.hear({ kind: 'due', dueAt });
        break;
      }
      this.#lookLater();
    });
  }

  acceptMessages(messages: readonly NewMessage[]): Promise<AcceptResult[]> {
    return this.#write(() => messages.map((message) => this.#database.accept(this.owner, message)));
  }

  claimDue(request: ClaimRequest): Promise<ClaimResult> {
    this.lastClaimLimit = request.limit;
    const owns = (endpointId: string) => this.fleet.owns(endpointId);
    return this.#write(() => this.#database.claimDue(this.owner, request, owns));
  }

  record(take: () => RecordBatch): Promise<Recorded> {
    let batch: RecordBatch;
    return this.#write(
      () => {
        refuseUnwritable(batch);
        for (const release of batch.releases) this.#database.release(release);
        for (const record of batch.records) this.#database.record(record);
        const disabled = batch.health.filter((change) =>
          this.#database.changeHealth(change, this.owner),
        );
        return { disabled: disabled.map(({ endpointId }) => endpointId) };
      },
      () => (batch = take()),
    );
  }

  takeOver(handoffs: readonly Handoff[], until: number): Promise<Handoff[]> {
    const { now } = this.#options;
    return this.#write(() => this.#database.takeOver(this.owner, handoffs, until, now()));
  }

  scheduleDelivery(delivery: ScheduledDelivery): Promise<void> {
    return this.#write(() => this.#database.schedule(delivery));
  }

  async expunge(applicationId: string, messageIds: readonly string[]): Promise<string[]> {
    const found = await this.#write(() => this.#database.expunge(applicationId, messageIds));
    this.hear({ kind: 'cancelled', applicationId, endpointId: null, messageIds: found });
    return found;
  }

  async cancelMessage(applicationId: string, messageId: string): Promise<number> {
    const count = await this.#write(() => this.#database.cancelMessage(applicationId, messageId));
    const messageIds = [messageId];
    this.hear({ kind: 'cancelled', applicationId, endpointId: null, messageIds });
    return count;
  }

  removeExpired(): Promise<null> {
    return Promise.reject(new Error('nobody asks the simulation'));
  }

  changeDeliveries(): Promise<number> {
    return Promise.reject(new Error('nobody asks the simulation'));
  }

  backlog(): Promise<Backlog> {
    return Promise.reject(new Error('nobody asks the simulation'));
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
      // Calls of the same moment are committed together.
      this.#options.after(0, () => this.#commit());
    });
  }

  /** Commits the waiting calls together, and answers at once those that cannot be written. */
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

  /** Reads at some moment between the call and the answer. */
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
    if (this.owner > 0) return null;
    return new PosthasteError('internal', 'the storage is not started');
  }
}

const FLEET_OF_ONE = createFleetOfOne(() => ({
  number: 1,
  name: 'simulated',
  roles: [],
  version: '',
  startedAt: 0,
  leaseUntil: null,
  ownedShards: SHARDS,
}));

const LOOK_EVERY_MS = 5_000;

interface Call {
  readonly begin: () => void;
  readonly run: () => void;
  readonly answer: () => void;
  readonly fail: (error: Error) => void;
}

/** A text that the simulated storage refuses to store. */
export const UNWRITABLE = 'unwritable';

/** Called before anything of the batch is stored. */
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
