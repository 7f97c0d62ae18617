import { type Endpoint, mayAttempt } from '../../domain/endpoint.ts';
import type { EndpointNotes } from '../../storage/storage.ts';
import type { Context } from '../context.ts';
import { isoOrNull } from '../instant.ts';
import { healthOf } from './health-of.ts';
import type { EndpointStateOut } from './status-out.ts';

/** The state of the deliveries to each endpoint: one query to the storage, the rest from memory. */
export async function readEndpointStates(
  { storage, clock }: Pick<Context, 'storage' | 'clock'>,
  endpoints: readonly Endpoint[],
): Promise<(endpoint: Endpoint) => EndpointStateOut> {
  const ids = endpoints.filter(mayAttempt).map(({ id }) => id);
  const due = ids.length === 0 ? new Map<string, number>() : await storage.endpoints.nextDue(ids);
  const known = storage.fleet.knownOf(ids);
  const now = clock.now();
  return (endpoint) => {
    const { id, uid } = endpoint;
    const notes = known.get(id);
    const waitsUntil = notes && notes.pauseMs > 0 ? now + notes.pauseMs : null;
    return {
      id,
      uid,
      ...healthOf(endpoint),
      nextAttempt: isoOrNull(later(due.get(id), waitsUntil)),
      breaker: notes === undefined ? null : breakerOf(notes),
      waitsUntil: isoOrNull(waitsUntil),
      window: notes?.window ? Math.max(1, Math.floor(notes.window)) : null,
      rate: notes?.rate ?? null,
    };
  };
}

function breakerOf(notes: EndpointNotes | null): EndpointStateOut['breaker'] {
  if (notes === null || notes.breakerPauseMs === 0) return 'closed';
  return notes.pauseMs > 0 ? 'open' : 'half-open';
}

/** The later of both instants: deliveries that are due earlier wait until `waitsUntil`. */
function later(dueAt: number | undefined, waitsUntil: number | null): number | null {
  return dueAt === undefined ? null : Math.max(dueAt, waitsUntil ?? dueAt);
}
