import type { EndpointNotes } from './changes.ts';

/**
 * How the processes that share one database divide its endpoints among themselves.
 *
 * Endpoints hash to shards, and each shard has one owner at a time: a process that delivers, with a
 * lease that it renews. Only the owner claims and attempts the deliveries of an endpoint. So windows,
 * rates, breakers and order, which are in the memory of one process, hold for the whole fleet without
 * a distributed lock.
 *
 * A shard gets another owner in two ways. When a process joins or leaves, owners give shards back: they
 * stop attempting, and the next owner begins when the requests in flight have ended or `HAND_OVER_MS` have
 * passed. An endpoint that still has requests in flight then waits for their end, which the previous owner
 * reports (`tellNotes`); its claims do not show them, because a resend or a cancellation ends a claim but not
 * the request. When a process dies or hangs, its lease ends, and others take its shards and what it had
 * claimed.
 */
export interface Fleet {
  /**
   * Whether this process may claim and attempt deliveries of the endpoint now. The answer comes from
   * memory and the monotonic clock: after a process was suspended for longer than its lease, it is false
   * even before the process has contacted the database.
   */
  owns(endpointId: string): boolean;
  /**
   * The owner of the endpoint as of the last heartbeat, a fraction of a second ago; null: the endpoint has
   * no owner, or the database has only one process.
   */
  ownerOf(endpointId: string): number | null;
  /**
   * Tells the owners of the endpoints, this process included, that a delivery is due whose hand-off did not
   * arrive. A hint: it may be lost, and then the owner finds the delivery at its next scan.
   */
  tellOwners(endpointIds: readonly string[]): void;
  /** From now on this process may own shards and deliver. Called once. */
  join(member: FleetMember): void;
  /** Gives all shards back; resolves when others can take them, or when the database can't be reached. */
  leave(): Promise<void>;
  /**
   * Sends these notes to all other processes (`Change` of kind `notes`). A process that takes a shard given
   * back after this call resolved has the notes, or gets them within moments. Never rejects: notes may be
   * lost when the database or the process fails.
   */
  tellNotes(notes: readonly EndpointNotes[]): Promise<void>;
  /**
   * The notes of the owners of these endpoints, to show to people: from memory, and some seconds old where
   * another process is the owner. Null: nothing slows the endpoint down. Absent: not known, because the
   * endpoint has no owner now, this process has just started, or the owner slows down more endpoints than
   * `MOST_TOLD`.
   */
  knownOf(endpointIds: readonly string[]): ReadonlyMap<string, EndpointNotes | null>;
  /** Every process that uses the database, this one included. */
  processes(): Promise<readonly FleetProcess[]>;
}

/** The part of a process that delivers. */
export interface FleetMember {
  /**
   * This process no longer owns some endpoints; `owns` returns false for them. The member releases their
   * waiting hand-offs, and resolves when none of their attempts is in flight or unrecorded. The fleet waits
   * for `HAND_OVER_MS` at most.
   */
  giveUp(): Promise<void>;
  /** This process owns more endpoints than before. */
  gained(): void;
  /**
   * Notes on the endpoints of this process that get fewer requests than their settings allow because of the
   * results of earlier requests, the longest pauses first. Takes time proportional to the endpoints in use.
   */
  slowed(): EndpointNotes[];
}

export interface FleetProcess {
  /** The `owner` of its claims. */
  readonly number: number;
  /** The machine and the process id there. */
  readonly name: string;
  readonly roles: readonly string[];
  readonly version: string;
  readonly startedAt: number;
  /** When its lease ends unless it is renewed; in the past when it is gone or hangs. Null: it needs no lease. */
  readonly leaseUntil: number | null;
  readonly ownedShards: number;
}

/** What a process tells the others about itself. */
export type ProcessDescription = Pick<FleetProcess, 'name' | 'roles' | 'version'>;

/** The fleet of a database that only one process can open: it owns everything, always. */
export function createFleetOfOne(self: () => FleetProcess): Fleet {
  let member: FleetMember | null = null;
  return {
    owns: () => true,
    ownerOf: () => null,
    tellOwners() {},
    join(joined) {
      member = joined;
    },
    leave() {
      member = null;
      return Promise.resolve();
    },
    tellNotes: () => Promise.resolve(),
    knownOf(endpointIds) {
      if (member === null) return new Map();
      const slowed = notesByEndpoint(member.slowed());
      return new Map(endpointIds.map((id) => [id, slowed.get(id) ?? null]));
    },
    processes: () => Promise.resolve([self()]),
  };
}

export function notesByEndpoint(
  notes: readonly EndpointNotes[],
): ReadonlyMap<string, EndpointNotes> {
  return new Map(notes.map((note) => [note.endpointId, note]));
}

/** A process sends notes on at most this many endpoints at a time, so that a mass failure doesn't flood the others. */
export const MOST_TOLD = 500;

/** A new owner waits at most this long for the previous one to give a shard back. */
export const HAND_OVER_MS = 1_500;

export const SHARDS = 256;

export const ALL_SHARDS: readonly number[] = Array.from({ length: SHARDS }, (_, shard) => shard);

/** The shard of an endpoint. Stored with each delivery: must never change. */
export function shardOf(endpointId: string): number {
  // FNV-1a.
  let hash = 0x811c9dc5;
  for (let index = 0; index < endpointId.length; index++) {
    hash = Math.imul(hash ^ endpointId.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 24) ^ (hash & 0xff);
}
