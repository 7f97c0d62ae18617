import type { Endpoint } from './endpoint.ts';
import { type Candidate, NOT_JSON, candidateOf, compileFilters } from './route.ts';
import type { FoundDelivery } from './standing.ts';
import { type Message, isTest } from './message.ts';

/**
 * Selects, from messages without a delivery to the endpoint, those that match its present filters. A test message
 * was for another endpoint. Reads payloads only if the endpoint has a payload filter, and only of messages that
 * pass the other filters.
 */
export async function wantedMessages(
  messagesOf: (ids: readonly string[]) => Promise<readonly Message[]>,
  endpoint: Endpoint,
  found: readonly FoundDelivery[],
): Promise<(one: FoundDelivery) => boolean> {
  const byType = compileFilters({ ...endpoint, disabled: null, filter: null });
  const passes = (one: FoundDelivery) => !isTest(one) && byType(withoutPayload(one)) === null;
  if (endpoint.filter === null) return passes;

  const byPayload = compileFilters({ ...endpoint, disabled: null });
  const ids = found
    .filter((one) => one.standing === 'missing' && passes(one))
    .map(({ messageId }) => messageId);
  const wanted = new Set<string>();
  for (let from = 0; from < ids.length; from += AT_A_TIME) {
    const page = await messagesOf(ids.slice(from, from + AT_A_TIME));
    for (const message of page) {
      if (byPayload(candidateOf(message)) === null) wanted.add(message.id);
    }
  }
  return ({ messageId }) => wanted.has(messageId);
}

function withoutPayload({ eventType, channels }: FoundDelivery): Candidate {
  return { eventType, channels, payload: () => NOT_JSON };
}

/** Most payloads in memory at once. */
const AT_A_TIME = 50;
