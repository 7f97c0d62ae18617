import type { FastifyInstance, FastifyRequest } from 'fastify';
import { invalid } from '../domain/errors.ts';
import { type WorkOwner, fieldError } from '../operations/operations.ts';
import { isLarge, workOwnerOf } from './body.ts';

interface Waiting {
  readonly owner: WorkOwner;
  readonly bytes: number;
  readonly begin: () => void;
}

/**
 * Owns the memory for large bodies, from their first byte to the answer. A body without space is not read, so it
 * waits in the sender and in the kernel. Otherwise a thousand clients that send their last bytes slowly would hold a
 * gigabyte.
 *
 * An organization may hold as much as is free, and each application of it as much as is free beyond that (the dynamic
 * threshold of Choudhury and Hahne, 1998). So one application alone gets a third of the whole, and there is space for
 * the others.
 */
export class BodySpace {
  readonly #size: number;
  #held = 0;
  /** By organization, and by application of one. */
  readonly #heldBy = new Map<string, number>();
  /** By application. */
  readonly #lines = new Map<string, Set<Waiting>>();

  constructor(size: number) {
    this.#size = size;
  }

  /** Calls `begin` once there is space, possibly at once. Returns a function that gives the space back, or stops waiting. */
  take(owner: WorkOwner, bytes: number, begin: () => void): () => void {
    const waiting = { owner, bytes, begin };
    const line = this.#lines.get(keyOf(owner));
    if (line !== undefined) line.add(waiting);
    else if (this.#fits(waiting)) this.#begin(waiting);
    else this.#lines.set(keyOf(owner), new Set([waiting]));
    let isGiven = false;
    return () => {
      if (isGiven) return;
      isGiven = true;
      if (!this.#leave(waiting)) this.#add(waiting, -1);
      this.#goOn();
    };
  }

  #goOn(): void {
    for (const line of this.#lines.values()) {
      for (const waiting of line) {
        if (!this.#fits(waiting)) break;
        this.#leave(waiting);
        this.#begin(waiting);
      }
    }
  }

  #begin(waiting: Waiting): void {
    this.#add(waiting, 1);
    waiting.begin();
  }

  /** False: it does not wait. */
  #leave(waiting: Waiting): boolean {
    const key = keyOf(waiting.owner);
    const line = this.#lines.get(key);
    const waited = line?.delete(waiting) ?? false;
    if (line?.size === 0) this.#lines.delete(key);
    return waited;
  }

  #fits({ owner, bytes }: Waiting): boolean {
    const free = this.#size - this.#held;
    const ofOrganization = this.#heldBy.get(owner.organizationId) ?? 0;
    const ofApplication = this.#heldBy.get(keyOf(owner)) ?? 0;
    // One body of any length fits when there is no other.
    if (this.#held === 0) return true;
    if (ofApplication === 0) return ofOrganization + bytes <= free;
    return ofApplication + bytes <= free - ofOrganization;
  }

  #add({ owner, bytes }: Waiting, sign: 1 | -1): void {
    this.#held += sign * bytes;
    for (const key of [owner.organizationId, keyOf(owner)]) {
      const held = (this.#heldBy.get(key) ?? 0) + sign * bytes;
      if (held === 0) this.#heldBy.delete(key);
      else this.#heldBy.set(key, held);
    }
  }
}

/** Lets each large body wait for its space. Must be called before any hook that reads bodies. */
export function boundBodies(server: FastifyInstance, space: BodySpace): void {
  server.addHook('preParsing', (request, reply, _payload, done) => {
    const bytes = bytesOf(request);
    if (!isLarge({ length: bytes })) return done();
    let begun = false;
    const give = space.take(workOwnerOf(request), bytes, () => {
      begun = true;
      done();
    });
    reply.raw.once('close', () => {
      give();
      if (!begun) done(invalid([fieldError('is incomplete: the connection ended', 'body')]));
    });
  });
}

/** A body that is sent in chunks may have any length. */
function bytesOf({ headers, routeOptions }: FastifyRequest): number {
  if (headers['transfer-encoding'] !== undefined) return routeOptions.bodyLimit ?? 0;
  return Math.min(Number(headers['content-length'] ?? 0), routeOptions.bodyLimit ?? Infinity);
}

/** An id has no blank. */
function keyOf({ organizationId, id }: WorkOwner): string {
  return `${organizationId} ${id}`;
}

export const BODY_SPACE_BYTES = 64 * 1024 * 1024;
