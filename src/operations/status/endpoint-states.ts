import type { Endpoint } from '../../domain/endpoint.ts';
import { mayAttempt } from '../../domain/endpoint.ts';
import type { EndpointNotes } from '../../storage/storage.ts';
import type { Context } from '../context.ts';
import { isoOrNull } from '../instant.ts';
import type { EndpointStateOut } from './status-out.ts';

/** How the deliveries to these endpoints go: one question to the storage, the rest from memory. */
export async function endpointStates(
  { storage, clock }: Pick<Context, 'storage' | 'clock'>,
  endpoints: readonly Endpoint[],
): Promise<EndpointStateOut[]> {
  const ids = endpoints.filter(mayAttempt).map(({ id }) => id);
  const due = ids.length === 0 ? new Map<string, number>() : await storage.endpoints.nextDue(ids);
  const known = storage.fleet.knownOf(ids);
  const now = clock.now();
  return endpoints.map((endpoint) => {
    const { id, uid, disabled, pausedAt, health } = endpoint;
    const notes = known.get(id);
    const waitsUntil = notes && notes.pauseMs > 0 ? now + notes.pauseMs : null;
    return {
      id,
      uid,
      disabled: disabled !== null,
      disabledReason: disabled?.reason ?? null,
      paused: pausedAt !== null,
      failingSince: isoOrNull(health.failingSince),
      lastFailedAt: isoOrNull(health.lastFailedAt),
      failedCount: health.failedCount,
      nextAttempt: isoOrNull(later(due.get(id), waitsUntil)),
      breaker: notes === undefined ? null : breakerOf(notes),
      waitsUntil: isoOrNull(waitsUntil),
      window: notes?.window ? Math.max(1, Math.floor(notes.window)) : null,
      rate: notes?.rate ?? null,
    };
  });
}

function breakerOf(notes: EndpointNotes | null): EndpointStateOut['breaker'] {
  if (notes === null || notes.breakerPauseMs === 0) return 'closed';
  return notes.pauseMs > 0 ? 'open' : 'half-open';
}

/** What is due earlier waits all the same. */
function later(dueAt: number | undefined, waitsUntil: number | null): number | null {
  return dueAt === undefined ? null : Math.max(dueAt, waitsUntil ?? dueAt);
}
