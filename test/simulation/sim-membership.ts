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

/** The database's part of a fleet. Each call is one transaction; times are the database's. */
export interface FleetDatabase {
  /** Registers a new process with a lease, and returns its number, which no process had before. */
  register(): Promise<number>;
  /** Renews the lease of a process, unless the process was declared gone. */
  renew(process: number, beat: Beat): Promise<Renewal>;
  /**
   * Gives the process those of the shards that have no owner, or an owner for which `judges` waits no longer; none if
   * the process itself is gone. Claims of gone processes on deliveries of these shards end.
   */
  take(process: number, shards: readonly number[], judges: Patience | null): Promise<Taken>;
  giveBack(process: number, shards: readonly number[]): Promise<void>;
  /** Gives all shards back; the process takes no more. */
  leave(process: number): Promise<void>;
  /** Ends claims, in these shards, of processes that are gone or that `judges` declares gone. */
  endClaimsOfTheGone(shards: readonly number[], judges: Patience | null): Promise<void>;
  /** Those of the endpoints of which another process that is not gone holds a claim. */
  claimedElsewhere(process: number, endpointIds: readonly string[]): Promise<readonly string[]>;
  /** Sends the notes to all other processes. */
  tellNotes(process: number, notes: readonly EndpointNotes[]): Promise<void>;
}

export interface Beat {
  readonly delivers: boolean;
  /** Whether to take the lock, in the session of the heartbeats, that shows that the process is there. */
  readonly locks: boolean;
  readonly patience: Patience;
}

export interface Renewal {
  /** False: the process was declared gone, and others may own its shards and attempt its deliveries. */
  readonly renewed: boolean;
  /** The processes that may not be declared gone. */
  readonly alive: ReadonlySet<number>;
  /** The live processes that deliver. */
  readonly workers: readonly number[];
  /** By shard, its owner, alive or not; 0: none. */
  readonly owners: readonly number[];
}

export interface Taken {
  readonly shards: readonly number[];
  /** Endpoints of these shards of which another process that is not gone holds a claim. */
  readonly claimedElsewhere: readonly string[];
}

export interface SimMembershipOptions {
  readonly database: FleetDatabase;
  readonly clock: Pick<Clock, 'monotonicMs' | 'after'>;
  /** Called with errors after which the call is repeated. */
  readonly onError: (error: unknown) => void;
}

/** The time between heartbeats, which renew the lease and share the shards. */
export const BEAT_MS = 400;
const RECHECK_MS = 250;

/**
 * One process's membership in a fleet. It renews the lease, takes the shards that rendezvous hashing assigns to this
 * process, and gives back those that it assigns to others.
 *
 * A shard is in one of three states here: *not owned*; *owned*, which begins only with the database's answer; or
 * *leaving*, in which nothing new is attempted and the shard is given back once the member has given up. An endpoint
 * of an owned shard is *withheld* while its former owner has a request in flight.
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
  /** After a break, the next heartbeat connects, and the one after it takes the lock. */
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

  /** The number of this process, or of its last lease. */
  get number(): number {
    return this.#number;
  }

  /** The shards from which this process may claim now. */
  get ownedShards(): readonly number[] {
    return this.#lease.holds ? [...this.#owned] : [];
  }

  /** Whether the process has heard all changes by others that are older than a second. */
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

  /** Does nothing, as if the hint was lost: the owner's next look finds the work. */
  tellOwners(): void {}

  /** Not used in simulations. */
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
      // A heartbeat in progress may still take shards.
      await this.#beating;
      this.#owned.clear();
      await database.leave(this.#number);
    };
    await within(clock, HAND_OVER_MS, left().catch(onError));
  }

  async tellNotes(notes: readonly EndpointNotes[]): Promise<void> {
    await this.#options.database.tellNotes(this.#number, notes).catch(this.#options.onError);
  }

  /** Ends the heartbeats. The lease expires, or ends when the database is closed. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#cancelBeat?.();
    await this.#beating;
    await this.#handOver;
  }

  /** Sends a heartbeat now, because something has changed. */
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
    // These were given back, and the answer was lost.
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

  /** Ends the claims of gone processes in the shards of this one. */
  async endClaimsOfTheGone(): Promise<void> {
    const { database, onError } = this.#options;
    await database.endClaimsOfTheGone([...this.#owned], this.#judges).catch(onError);
  }

  /** Compares owned shards with the database's, also finding calls to take or give back that were not answered. */
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

  /** The process was declared gone: it gives up everything and begins again under a new number. */
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

/** A cache by set of workers: each heartbeat sees one of few sets. */
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
