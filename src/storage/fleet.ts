import type { EndpointNotes } from './changes.ts';

/**
 * How the processes that share one database divide its endpoints among themselves.
 *
 * Endpoints hash to shards, and each shard has one owner at a time: a process that delivers, with a
 * lease that it renews. Only the owner claims and attempts the deliveries of an endpoint. So windows,
 * rates, breakers and order, which are in the memory of one process, hold for the whole fleet, and
 * need no lock.
 *
 * A shard changes hands in two ways. When a process joins or leaves, owners give shards back: they
 * stop to attempt, and the next owner begins once what was in flight has ended or `HAND_OVER_MS` are
 * over. An endpoint that has requests in flight even then waits for their end: the old owner tells of
 * them (`tellNotes`), because a claim does not. A resend or a cancellation ends a claim, but no request. When
 * a process dies or hangs, its lease ends, and others take its shards with what it had claimed.
 */
export interface Fleet {
  /**
   * Whether this process may claim and attempt deliveries of the endpoint now. The answer comes from
   * memory, and by the monotonic clock: a process that did not run for longer than its lease is told
   * no, before it has heard of anything.
   */
  owns(endpointId: string): boolean;
  /**
   * The process that owned the endpoint when this one last heard of it, a fraction of a second ago; null:
   * none, or there are no others.
   */
  ownerOf(endpointId: string): number | null;
  /**
   * Tells the owners of the endpoints, this process included, that something is due: it was handed over,
   * but did not arrive. A hint: it may be lost, and the owner finds the work at its next look.
   */
  tellOwners(endpointIds: readonly string[]): void;
  /** Takes part in the delivery from now on. Called once. */
  join(member: FleetMember): void;
  /** Gives all shards back; resolves when others can take them, or when the database can't be told. */
  leave(): Promise<void>;
  /**
   * Tells all other processes of these notes, as changes. Whoever
   * takes a shard that is given back after the call was answered has heard of them by then, or will within
   * moments. Never rejects: notes are lost with the database or with the process.
   */
  tellNotes(notes: readonly EndpointNotes[]): Promise<void>;
  /**
   * What the owners of these endpoints know of them, for a person who asks: from memory, and some seconds
   * old where another process is the owner. Null: nothing slows the endpoint down. Absent: nobody has
   * told; there is no owner now, or this process has just started, or the owner has more to tell than
   * `MOST_TOLD`.
   */
  knownOf(endpointIds: readonly string[]): ReadonlyMap<string, EndpointNotes | null>;
  /** Every process that uses the database, this one included. */
  processes(): Promise<readonly FleetProcess[]>;
}

/** The part of a process that delivers. */
export interface FleetMember {
  /**
   * This process no longer owns some endpoints: `owns` says which. The member releases what waits for
   * them, and resolves when nothing of theirs is in flight or unrecorded. The fleet does not wait for
   * longer than `HAND_OVER_MS`.
   */
  giveUp(): Promise<void>;
  /** This process owns more endpoints than before. */
  gained(): void;
  /**
   * The endpoints of this process that get fewer requests than their settings allow, because of what
   * came of earlier ones; those with the longest pauses first. Takes time for each endpoint in use.
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
  /** When its lease ends unless it is renewed; in the past when it is gone or hangs. Null: it needs none. */
  readonly leaseUntil: number | null;
  readonly ownedShards: number;
}

/** What a process tells the others of itself. */
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

/** A process tells the others of so many endpoints at a time, so that no failure of many floods them. */
export const MOST_TOLD = 500;

/** A new owner waits for so long at most until the old one has given an endpoint up. */
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
