import type { EndpointNotes } from '../../src/storage/changes.ts';
import { SHARDS, shardOf } from '../../src/storage/fleet.ts';
import { LEASE_TIMES } from '../../src/storage/postgres/fleet/lease.ts';
import type { Patience } from '../../src/storage/postgres/fleet/sessions.ts';
import type { Beat, FleetDatabase, Renewal, Taken } from './sim-membership.ts';

/** The fleet's part of a database, in memory; `claims` comes from the storage. */
export class MemoryFleetDatabase implements FleetDatabase {
  /** By shard, the number of its owner; 0: none. */
  readonly owners: number[] = Array.from({ length: SHARDS }, () => 0);
  readonly #now: () => number;
  readonly #claims: FleetClaims;
  readonly #processes = new Map<number, RegisteredProcess>();
  #registered = 0;
  /** Carries notes to the other processes. */
  onNotes: ((by: number, notes: readonly EndpointNotes[]) => void) | null = null;
  /** Tells all processes that shards can be taken. */
  onGiven: (() => void) | null = null;

  constructor(now: () => number, claims: FleetClaims = NO_CLAIMS) {
    this.#now = now;
    this.#claims = claims;
  }

  async register(): Promise<number> {
    const process = ++this.#registered;
    const leaseUntil = this.#now() + LEASE_TIMES.leaseMs;
    this.#processes.set(process, { leaseUntil, delivers: false, isGone: false, locks: false });
    return process;
  }

  async renew(process: number, { delivers, locks, patience }: Beat): Promise<Renewal> {
    const known = this.#processes.get(process);
    const renewed = known !== undefined && !known.isGone;
    if (renewed) {
      known.leaseUntil = this.#now() + LEASE_TIMES.leaseMs;
      known.delivers = delivers;
      known.locks ||= locks;
    }
    const alive = [...this.#processes].filter(
      ([, other]) => !other.isGone && !this.#isOver(other, patience),
    );
    return {
      renewed,
      alive: new Set(alive.map(([number]) => number)),
      workers: alive.flatMap(([number, other]) => (other.delivers ? number : [])),
      owners: [...this.owners],
    };
  }

  async take(process: number, shards: readonly number[], judges: Patience | null): Promise<Taken> {
    this.#declareGone(judges);
    if (!this.isAlive(process)) return { shards: [], claimedElsewhere: [] };
    const taken = shards.filter((shard) => {
      const owner = this.owners[shard] ?? 0;
      return owner === 0 || owner === process || (judges !== null && !this.isAlive(owner));
    });
    for (const shard of taken) this.owners[shard] = process;
    const isTaken = (endpointId: string) => taken.includes(shardOf(endpointId));
    this.#endClaimsOfTheGone(isTaken);
    return { shards: taken, claimedElsewhere: this.#claimedByOthers(process, isTaken) };
  }

  async giveBack(process: number, shards: readonly number[]): Promise<void> {
    for (const shard of shards) if (this.owners[shard] === process) this.owners[shard] = 0;
    this.onGiven?.();
  }

  async leave(process: number): Promise<void> {
    const known = this.#processes.get(process);
    if (known !== undefined) known.delivers = false;
    this.#free(process);
  }

  async endClaimsOfTheGone(shards: readonly number[], judges: Patience | null): Promise<void> {
    this.#declareGone(judges);
    this.#endClaimsOfTheGone((endpointId) => shards.includes(shardOf(endpointId)));
  }

  async claimedElsewhere(process: number, endpointIds: readonly string[]) {
    return this.#claimedByOthers(process, (endpointId) => endpointIds.includes(endpointId));
  }

  async tellNotes(process: number, notes: readonly EndpointNotes[]): Promise<void> {
    this.onNotes?.(process, notes);
  }

  /** Whether the process has not been declared gone: then its writes still count. */
  isAlive(process: number): boolean {
    const known = this.#processes.get(process);
    return known !== undefined && !known.isGone;
  }

  /** The server notices that the connection of the process's heartbeats has ended. */
  endSession(process: number): void {
    const known = this.#processes.get(process);
    if (known !== undefined) known.locks = false;
  }

  /** Removes a process that has ended. */
  unregister(process: number): void {
    this.#processes.delete(process);
    this.#free(process);
  }

  #free(process: number): void {
    for (const [shard, owner] of this.owners.entries()) {
      if (owner === process) this.owners[shard] = 0;
    }
    this.onGiven?.();
  }

  /** Whether the others no longer wait for the process. */
  #isOver({ leaseUntil, locks }: RegisteredProcess, patience: Patience): boolean {
    const overMs = this.#now() - leaseUntil;
    return overMs >= patience.patienceMs || (overMs >= 0 && patience.judgesSessions && !locks);
  }

  #declareGone(judges: Patience | null): void {
    if (judges === null) return;
    for (const process of this.#processes.values()) {
      process.isGone ||= this.#isOver(process, judges);
    }
  }

  #endClaimsOfTheGone(isMeant: (endpointId: string) => boolean): void {
    const owners = new Set(Array.from(this.#claims.all(), ({ owner }) => owner));
    for (const owner of owners) if (!this.isAlive(owner)) this.#claims.end(owner, isMeant);
  }

  #claimedByOthers(process: number, isAsked: (endpointId: string) => boolean): string[] {
    const claimed = [...this.#claims.all()].filter(
      ({ owner, endpointId }) => owner !== process && this.isAlive(owner) && isAsked(endpointId),
    );
    return [...new Set(claimed.map(({ endpointId }) => endpointId))];
  }
}

interface RegisteredProcess {
  leaseUntil: number;
  delivers: boolean;
  /** True for good once it is declared gone: others may own all its shards. */
  isGone: boolean;
  /** Whether the server still has the session that holds the process's lock. */
  locks: boolean;
}

export interface FleetClaims {
  /** All claims of all processes. */
  all(): Iterable<{ readonly owner: number; readonly endpointId: string }>;
  /** Ends the claims of the process on deliveries of these endpoints, which are due then. */
  end(owner: number, isTaken: (endpointId: string) => boolean): void;
}

const NO_CLAIMS: FleetClaims = { all: () => [], end() {} };
