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
import { LEASE_TIMES, Lease } from '../../src/storage/postgres/fleet/lease.ts';
import type { Patience } from '../../src/storage/postgres/fleet/sessions.ts';
import { within } from '../../src/storage/postgres/within.ts';

/** The database's part of a fleet. Each call is one transaction, and times are the database's. */
export interface FleetDatabase {
  /** A new process with a lease; answers its number, which no process had before. */
  register(): Promise<number>;
  /** Makes the lease of a process last from now on, unless it was declared gone. */
  renew(process: number, beat: Beat): Promise<Renewal>;
  /**
   * Gives those of the shards to the process that have no owner, or one that `judges` waits for no longer,
   * unless the process is gone itself. What processes that are gone had claimed of their endpoints is due again.
   */
  take(process: number, shards: readonly number[], judges: Patience | null): Promise<Taken>;
  giveBack(process: number, shards: readonly number[]): Promise<void>;
  /** Gives all back: the process takes no more. */
  leave(process: number): Promise<void>;
  /** Makes due what processes had claimed of these shards that are gone, or that `judges` declares gone. */
  endClaimsOfTheGone(shards: readonly number[], judges: Patience | null): Promise<void>;
  /** Those of the endpoints that another process still has a claim of, which is not gone. */
  claimedElsewhere(process: number, endpointIds: readonly string[]): Promise<readonly string[]>;
  /** Tells all other processes. */
  tellNotes(process: number, notes: readonly EndpointNotes[]): Promise<void>;
}

export interface Beat {
  readonly delivers: boolean;
  /** Takes the lock that tells of the process, in the session of its heartbeats. */
  readonly locks: boolean;
  readonly patience: Patience;
}

export interface Renewal {
  /** False: the process is gone, so others may own and attempt everything that was its. */
  readonly renewed: boolean;
  /** The processes that nobody may declare gone. */
  readonly alive: ReadonlySet<number>;
  /** Those of them that deliver. */
  readonly workers: readonly number[];
  /** The owner of each shard, alive or not; 0: none. */
  readonly owners: readonly number[];
}

export interface Taken {
  readonly shards: readonly number[];
  /** Endpoints of these shards that another process still has a claim of, which is not gone. */
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
const RECHECK_MS = 250;

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
  readonly #lease: Lease;
  #mustLock = false;
  /** The next heartbeat makes a connection, and the one after it takes the lock. */
  #isBroken = false;
  #handOver: Promise<void> | null = null;
  #beating: Promise<void> | null = null;
  #beatAgain = false;
  #cancelBeat: (() => void) | null = null;
  #running = false;

  constructor(options: SimMembershipOptions) {
    this.#options = options;
    this.#lease = new Lease(options.clock, LEASE_TIMES);
  }

  /** Of this process, or of its last lease. */
  get number(): number {
    return this.#number;
  }

  /** The shards that may be claimed from now. */
  get ownedShards(): readonly number[] {
    return this.#lease.holds ? [...this.#owned] : [];
  }

  /** Whether what others changed more than a second ago has been told. */
  get isCurrent(): boolean {
    return this.#lease.isCurrent;
  }

  processes(): Promise<readonly never[]> {
    return Promise.resolve([]);
  }

  owns(endpointId: string): boolean {
    return (
      this.#owned.has(shardOf(endpointId)) && this.#lease.holds && !this.#withheld.has(endpointId)
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
    await this.#beat().catch(this.#options.onError);
    this.#running = true;
    this.#beatIn(BEAT_MS);
  }

  join(member: FleetMember): void {
    this.#member = member;
    this.beat();
  }

  async leave(): Promise<void> {
    if (this.#member === null) return;
    this.#member = null;
    this.#owned.clear();
    const { database, clock, onError } = this.#options;
    const left = async () => {
      // A beat under way may still take shards.
      await this.#beating;
      this.#owned.clear();
      await database.leave(this.#number);
    };
    await within(clock, HAND_OVER_MS, left().catch(onError));
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
    if (!this.#running) return;
    this.#beatAgain = this.#beating !== null;
    if (this.#beatAgain) return;
    this.#cancelBeat?.();
    this.#beating = this.#beat()
      .catch(this.#options.onError)
      .finally(() => {
        this.#beating = null;
        if (this.#beatAgain) this.beat();
        else this.#beatIn(this.#withheld.size > 0 ? RECHECK_MS : BEAT_MS);
      });
  }

  #beatIn(delayMs: number): void {
    if (!this.#running) return;
    this.#cancelBeat = this.#options.clock.after(delayMs, () => this.beat());
  }

  async #register(): Promise<void> {
    this.#number = await this.#options.database.register();
    this.#mustLock = true;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#options.clock.after(ms, resolve));
  }

  /** The connection of the heartbeats has broken. */
  breakSession(): void {
    this.#isBroken = true;
    this.beat();
  }

  get #patience(): Patience {
    const { mayJudgeSessions: judgesSessions } = this.#lease;
    return { patienceMs: LEASE_TIMES.patienceMs, judgesSessions };
  }

  get #judges(): Patience | null {
    return this.#member !== null && this.#lease.mayJudge ? this.#patience : null;
  }

  async #beat(): Promise<void> {
    const { database, clock } = this.#options;
    const askedMs = clock.monotonicMs();
    const locks = this.#mustLock && !this.#isBroken;
    this.#mustLock = this.#isBroken;
    this.#isBroken = false;
    const beat = { delivers: this.#member !== null, locks, patience: this.#patience };
    const { renewed, alive, workers, owners } = await database
      .renew(this.#number, beat)
      .catch((error: unknown) => {
        this.#mustLock = true;
        this.#isBroken = true;
        throw error;
      });
    if (!renewed) return this.#comeBack();
    if (this.#lease.renewed(askedMs).regained) this.#member?.gained();
    this.#owners = owners;
    // Given back, but the answer was lost.
    for (const shard of this.#owned) if (owners[shard] !== this.#number) this.#owned.delete(shard);

    const member = this.#member;
    if (member === null) return;
    await this.#recheckWithheld();
    const mine = shardsOf(this.#number, workers);
    const { free, left, toGiveBack } = this.#compare(mine, owners, alive);
    if (free.length > 0) await this.#take(free, null, member);
    if (left.length > 0) await this.#take(left, this.#judges, member);
    if (toGiveBack.length > 0 && this.#handOver === null) {
      this.#handOver = this.#giveBack(toGiveBack, member)
        .catch(this.#options.onError)
        .finally(() => (this.#handOver = null));
    }
  }

  /** Makes due what processes had claimed here that are gone. */
  async endClaimsOfTheGone(): Promise<void> {
    const { database, onError } = this.#options;
    await database.endClaimsOfTheGone([...this.#owned], this.#judges).catch(onError);
  }

  /** Also finds the shards whose taking or giving back was done, or not, without an answer. */
  #compare(mine: ReadonlySet<number>, owners: readonly number[], alive: ReadonlySet<number>) {
    const free: number[] = [];
    const left: number[] = [];
    const toGiveBack: number[] = [];
    const { mayJudge } = this.#lease;
    for (let shard = 0; shard < SHARDS; shard++) {
      if (this.#leaving.has(shard)) continue;
      const owner = owners[shard] ?? 0;
      const isTaken = this.#owned.has(shard);
      if (!mine.has(shard)) {
        if (isTaken || owner === this.#number) toGiveBack.push(shard);
      } else if (!isTaken) {
        if (owner === 0 || owner === this.#number) free.push(shard);
        else if (mayJudge && !alive.has(owner)) left.push(shard);
      }
    }
    return { free, left, toGiveBack };
  }

  async #take(
    shards: readonly number[],
    judges: Patience | null,
    member: FleetMember,
  ): Promise<void> {
    const taken = await this.#options.database.take(this.#number, shards, judges);
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
      await within(this.#options.clock, HAND_OVER_MS, member.giveUp());
      await this.#options.database.giveBack(this.#number, shards);
    } finally {
      for (const shard of shards) this.#leaving.delete(shard);
    }
  }

  /** Others have declared it gone and may own everything. Begins anew, under a new number. */
  async #comeBack(): Promise<void> {
    this.#owned.clear();
    this.#withheld = new Set();
    this.#lease.end();
    const { clock } = this.#options;
    if (this.#member !== null) await within(clock, HAND_OVER_MS, this.#member.giveUp());
    await this.#register();
    await this.#beat();
  }

  async #recheckWithheld(): Promise<void> {
    if (this.#withheld.size === 0) return;
    const { database } = this.#options;
    await database.endClaimsOfTheGone([...this.#owned], this.#judges);
    const still = await database.claimedElsewhere(this.#number, [...this.#withheld]);
    const isFewer = still.length < this.#withheld.size;
    this.#withheld = new Set(still);
    if (isFewer) this.#member?.gained();
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
