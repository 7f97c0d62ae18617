import type { Clock } from '../../src/domain/clock.ts';
import type { EndpointNotes } from '../../src/storage/changes.ts';
import {
  ALL_SHARDS,
  type Fleet,
  type FleetMember,
  HAND_OVER_MS,
  SHARDS,
  shardOf,
} from '../../src/storage/fleet.ts';
import { desiredOwners } from '../../src/storage/postgres/fleet/desired-owners.ts';

/** The database's part of a fleet. Each call is one transaction, and times are the database's. */
export interface FleetDatabase {
  /** A new process with a lease; answers its number, which no process had before. */
  register(): Promise<number>;
  /** Makes the lease of a process last `LEASE_MS` from now, unless it is over. */
  renew(process: number, delivers: boolean): Promise<Renewal>;
  /**
   * Gives the shards to a process that still has a lease: those of them that no other process with a
   * lease owns. What processes without a lease had claimed of their endpoints is due again.
   */
  take(process: number, shards: readonly number[]): Promise<Taken>;
  giveBack(process: number, shards: readonly number[]): Promise<void>;
  /** Those of the endpoints that another process with a lease still has a claim of. */
  claimedElsewhere(process: number, endpointIds: readonly string[]): Promise<readonly string[]>;
  /** Tells all other processes. */
  tellNotes(process: number, notes: readonly EndpointNotes[]): Promise<void>;
}

export interface Renewal {
  /** False: the lease was over, so others may own and attempt everything that was this process's. */
  readonly renewed: boolean;
  /** The processes with a lease that deliver. */
  readonly workers: readonly number[];
  /** The owner of each shard; 0: none, or one whose lease is over. */
  readonly owners: readonly number[];
}

export interface Taken {
  readonly shards: readonly number[];
  /** Endpoints of these shards that another process with a lease still has a claim of. */
  readonly claimedElsewhere: readonly string[];
}

export interface SimMembershipOptions {
  readonly database: FleetDatabase;
  readonly clock: Pick<Clock, 'monotonicMs' | 'after'>;
  /** Called with errors after which it tries again. */
  readonly onError: (error: unknown) => void;
}

/** A lease is renewed this often, and shards are shared anew. */
export const BEAT_MS = 400;
/** Without a renewal, a process owns nothing any more after this time, and others take its shards. */
export const LEASE_MS = 8_000;
/** The process stops before its lease is over: what it sends then is still on its way. */
const LEASE_MARGIN_MS = 1_000;
const RECHECK_MS = 250;
const CURRENT_MS = 1_000;

/**
 * One process's membership in a fleet: it keeps the lease, takes the shards that rendezvous hashing
 * gives to this process, and gives back those that it gives to others.
 *
 * A shard of this process is in one of three states: *not owned*; *owned*; or *leaving*: nothing is
 * attempted any more, and the shard is given back once the member has given up. A shard becomes owned
 * only after the database has said so. An endpoint of an owned shard is *withheld* while the owner
 * before has a request of it in flight.
 */
export class SimMembership implements Fleet {
  readonly #options: SimMembershipOptions;
  readonly #owned = new Set<number>();
  readonly #leaving = new Set<number>();
  #withheld: ReadonlySet<string> = new Set();
  #number = 0;
  #owners: readonly number[] = [];
  #member: FleetMember | null = null;
  /** By the monotonic clock, counted from before the renewal was asked for. */
  #leaseUntilMs = -Infinity;
  #renewedMs = -Infinity;
  #handOver: Promise<void> | null = null;
  #beating: Promise<void> | null = null;
  #cancelBeat: (() => void) | null = null;
  #running = false;

  constructor(options: SimMembershipOptions) {
    this.#options = options;
  }

  /** Of this process, or of its last lease. */
  get number(): number {
    return this.#number;
  }

  /** The shards that may be claimed from now. */
  get ownedShards(): readonly number[] {
    return this.#holdsLease() ? [...this.#owned] : [];
  }

  /** Whether what others changed more than a second ago has been told. */
  get isCurrent(): boolean {
    return this.#options.clock.monotonicMs() - this.#renewedMs < CURRENT_MS;
  }

  processes(): Promise<readonly never[]> {
    return Promise.resolve([]);
  }

  owns(endpointId: string): boolean {
    return (
      this.#owned.has(shardOf(endpointId)) && this.#holdsLease() && !this.#withheld.has(endpointId)
    );
  }

  ownerOf(endpointId: string): number | null {
    return this.#owners[shardOf(endpointId)] || null;
  }

  /** As if the hint was lost: the next look finds the work. */
  tellOwners(): void {}

  /** Nobody asks. */
  knownOf(): ReadonlyMap<string, null> {
    return new Map();
  }

  async start(): Promise<void> {
    while (this.#number === 0) {
      await this.#register().catch(this.#options.onError);
      if (this.#number === 0) await this.#pause(BEAT_MS);
    }
    this.#running = true;
    this.#beatIn(BEAT_MS);
  }

  join(member: FleetMember): void {
    this.#member = member;
    this.beat();
  }

  async leave(): Promise<void> {
    const member = this.#member;
    this.#member = null;
    if (member === null) return;
    // A beat under way may still take shards.
    await this.#beating;
    await this.#handOver;
    await this.#giveBack([...this.#owned], member).catch(this.#options.onError);
  }

  async tellNotes(notes: readonly EndpointNotes[]): Promise<void> {
    await this.#options.database.tellNotes(this.#number, notes).catch(this.#options.onError);
  }

  /** Ends the beats; the lease runs out, or is ended by whoever closes the database. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#cancelBeat?.();
    await this.#beating;
    await this.#handOver;
  }

  /** Renews the lease and shares the shards now: something has changed. */
  beat(): void {
    if (!this.#running || this.#beating !== null) return;
    this.#cancelBeat?.();
    this.#beating = this.#beat()
      .catch(this.#options.onError)
      .finally(() => {
        this.#beating = null;
        this.#beatIn(this.#withheld.size > 0 ? RECHECK_MS : BEAT_MS);
      });
  }

  #beatIn(delayMs: number): void {
    if (!this.#running) return;
    this.#cancelBeat = this.#options.clock.after(delayMs, () => this.beat());
  }

  async #register(): Promise<void> {
    const askedMs = this.#options.clock.monotonicMs();
    this.#number = await this.#options.database.register();
    this.#renewed(askedMs);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#options.clock.after(ms, resolve));
  }

  #renewed(askedMs: number): void {
    this.#renewedMs = askedMs;
    this.#leaseUntilMs = askedMs + LEASE_MS - LEASE_MARGIN_MS;
  }

  #holdsLease(): boolean {
    return this.#options.clock.monotonicMs() < this.#leaseUntilMs;
  }

  async #beat(): Promise<void> {
    const { database, clock } = this.#options;
    const askedMs = clock.monotonicMs();
    const { renewed, workers, owners } = await database.renew(this.#number, this.#member !== null);
    if (!renewed) return this.#comeBack();
    this.#renewed(askedMs);
    this.#owners = owners;
    // Given back, but the answer was lost.
    for (const shard of this.#owned) if (owners[shard] !== this.#number) this.#owned.delete(shard);

    const member = this.#member;
    if (member === null) return;
    await this.#recheckWithheld();
    const mine = shardsOf(this.#number, workers);
    const { toTake, toGiveBack } = this.#compare(mine, owners);
    if (toTake.length > 0) await this.#take(toTake, member);
    if (toGiveBack.length > 0 && this.#handOver === null) {
      this.#handOver = this.#giveBack(toGiveBack, member)
        .catch(this.#options.onError)
        .finally(() => (this.#handOver = null));
    }
  }

  /** Also finds the shards whose taking or giving back was done, or not, without an answer. */
  #compare(mine: ReadonlySet<number>, owners: readonly number[]) {
    const toTake: number[] = [];
    const toGiveBack: number[] = [];
    for (let shard = 0; shard < SHARDS; shard++) {
      if (this.#leaving.has(shard)) continue;
      const owner = owners[shard] ?? 0;
      const isTaken = this.#owned.has(shard);
      if (mine.has(shard)) {
        if (!isTaken && (owner === 0 || owner === this.#number)) toTake.push(shard);
      } else if (isTaken || owner === this.#number) toGiveBack.push(shard);
    }
    return { toTake, toGiveBack };
  }

  async #take(shards: readonly number[], member: FleetMember): Promise<void> {
    const taken = await this.#options.database.take(this.#number, shards);
    this.#withheld = new Set([...this.#withheld, ...taken.claimedElsewhere]);
    for (const shard of taken.shards) this.#owned.add(shard);
    if (taken.shards.length > 0) member.gained();
  }

  async #giveBack(shards: readonly number[], member: FleetMember): Promise<void> {
    if (shards.length === 0) return;
    for (const shard of shards) {
      this.#owned.delete(shard);
      this.#leaving.add(shard);
    }
    try {
      await this.#within(HAND_OVER_MS, member.giveUp());
      await this.#options.database.giveBack(this.#number, shards);
    } finally {
      for (const shard of shards) this.#leaving.delete(shard);
    }
  }

  /** The lease was over: another process may own everything. Begins anew, under a new number. */
  async #comeBack(): Promise<void> {
    this.#owned.clear();
    this.#withheld = new Set();
    this.#leaseUntilMs = -Infinity;
    if (this.#member !== null) await this.#within(HAND_OVER_MS, this.#member.giveUp());
    await this.#register();
    await this.#beat();
  }

  async #recheckWithheld(): Promise<void> {
    if (this.#withheld.size === 0) return;
    const { database } = this.#options;
    const still = await database.claimedElsewhere(this.#number, [...this.#withheld]);
    const isFewer = still.length < this.#withheld.size;
    this.#withheld = new Set(still);
    if (isFewer) this.#member?.gained();
  }

  /** Resolves with `work`, or after `waitMs`. */
  async #within(waitMs: number, work: Promise<void>): Promise<void> {
    let cancel = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = this.#options.clock.after(waitMs, resolve);
    });
    await Promise.race([work, late]);
    cancel();
  }
}

/** The same few sets of workers come again in each beat. */
const known = new Map<string, ReadonlyMap<number, ReadonlySet<number>>>();

function shardsOf(number: number, workers: readonly number[]): ReadonlySet<number> {
  const key = workers.join();
  let shards = known.get(key);
  if (shards === undefined) {
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(key, (shards = shardsByOwner(workers)));
  }
  return shards.get(number) ?? NONE;
}

function shardsByOwner(workers: readonly number[]): ReadonlyMap<number, ReadonlySet<number>> {
  const shards = new Map<number, Set<number>>();
  for (const [shard, owner] of desiredOwners(ALL_SHARDS, workers)) {
    const own = shards.get(owner) ?? new Set();
    shards.set(owner, own.add(shard));
  }
  return shards;
}

const NONE: ReadonlySet<number> = new Set();
const MOST_KNOWN = 1_000;
