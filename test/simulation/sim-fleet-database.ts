import type { EndpointNotes } from '../../src/storage/changes.ts';
import { LEASE_MS, type FleetDatabase } from './sim-membership.ts';
import { SHARDS, shardOf } from '../../src/storage/fleet.ts';

/** What a fleet needs of its database, in memory; `claims` is the storage's part. */
export class MemoryFleetDatabase implements FleetDatabase {
  readonly owners: number[] = Array.from({ length: SHARDS }, () => 0);
  readonly #now: () => number;
  readonly #claims: FleetClaims;
  readonly #processes = new Map<number, { leaseUntil: number; delivers: boolean }>();
  #registered = 0;
  /** Carries notes to the other processes. */
  onNotes: ((by: number, notes: readonly EndpointNotes[]) => void) | null = null;

  constructor(now: () => number, claims: FleetClaims = NO_CLAIMS) {
    this.#now = now;
    this.#claims = claims;
  }

  async register(): Promise<number> {
    const process = ++this.#registered;
    this.#processes.set(process, { leaseUntil: this.#now() + LEASE_MS, delivers: false });
    return process;
  }

  async renew(process: number, delivers: boolean) {
    const renewed = this.isAlive(process);
    if (renewed) this.#processes.set(process, { leaseUntil: this.#now() + LEASE_MS, delivers });
    const workers = [...this.#processes]
      .filter(([number, { delivers: works }]) => works && this.isAlive(number))
      .map(([number]) => number);
    const alive = new Set([...this.#processes.keys()].filter((number) => this.isAlive(number)));
    const owners = this.owners.map((owner) => (alive.has(owner) ? owner : 0));
    return { renewed, workers, owners };
  }

  async take(process: number, shards: readonly number[]) {
    if (!this.isAlive(process)) return { shards: [], claimedElsewhere: [] };
    const taken = shards.filter((shard) => {
      const owner = this.owners[shard] ?? 0;
      return owner === process || !this.isAlive(owner);
    });
    for (const shard of taken) this.owners[shard] = process;
    const isTaken = (endpointId: string) => taken.includes(shardOf(endpointId));
    for (const { owner } of this.#claims.all()) {
      if (!this.isAlive(owner)) this.#claims.end(owner, isTaken);
    }
    return { shards: taken, claimedElsewhere: this.#claimedByOthers(process, isTaken) };
  }

  async giveBack(process: number, shards: readonly number[]): Promise<void> {
    for (const shard of shards) if (this.owners[shard] === process) this.owners[shard] = 0;
  }

  async claimedElsewhere(process: number, endpointIds: readonly string[]) {
    return this.#claimedByOthers(process, (endpointId) => endpointIds.includes(endpointId));
  }

  async tellNotes(process: number, notes: readonly EndpointNotes[]): Promise<void> {
    this.onNotes?.(process, notes);
  }

  isAlive(process: number): boolean {
    return (this.#processes.get(process)?.leaseUntil ?? -Infinity) > this.#now();
  }

  endLease(process: number): void {
    this.#processes.delete(process);
  }

  #claimedByOthers(process: number, isAsked: (endpointId: string) => boolean): string[] {
    const claimed = [...this.#claims.all()].filter(
      ({ owner, endpointId }) => owner !== process && this.isAlive(owner) && isAsked(endpointId),
    );
    return [...new Set(claimed.map(({ endpointId }) => endpointId))];
  }
}

export interface FleetClaims {
  /** Every claim, of whichever process. */
  all(): Iterable<{ readonly owner: number; readonly endpointId: string }>;
  /** Makes what the process had claimed of these endpoints due. */
  end(owner: number, isTaken: (endpointId: string) => boolean): void;
}

const NO_CLAIMS: FleetClaims = { all: () => [], end() {} };
