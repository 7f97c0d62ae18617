import type { Endpoint } from '../../domain/endpoint.ts';
import { type Message, isExpunged, isTest } from '../../domain/message.ts';
import {
  type Candidate,
  type Mismatch,
  candidateOf,
  explain,
  routesOf,
} from '../../domain/route.ts';
import type { RoutingOut } from './routing-schemas.ts';

/** Which of the endpoints get the message by their filters, and why the others do not. */
export function routingOf(message: Message, endpoints: readonly Endpoint[]): RoutingOut[] {
  const candidate = candidateOf(message);
  return routesOf(endpoints).map(({ endpoint, mismatch }) => {
    const found = mismatch(candidate);
    const named = { endpointId: endpoint.id, endpointUid: endpoint.uid, matches: found === null };
    return { ...named, ...reasonOf(message, found, candidate) };
  });
}

/** Why the message does not match, for showing. */
export function reasonOf(
  message: Message,
  found: Mismatch | null,
  candidate: Candidate,
): Pick<RoutingOut, 'reason' | 'detail'> {
  if (found === null) return { reason: null, detail: null };
  // A deleted payload must not be reported as a text that is not JSON.
  return found.reason === 'notJson' && isExpunged(message)
    ? { reason: 'expunged', detail: EXPUNGED }
    : { reason: found.reason, detail: explain(found, candidate) };
}

/** The routing of a stored message; `owed` has the ids of the endpoints that have a delivery of it. */
export function storedRoutingOf(
  message: Message,
  endpoints: readonly Endpoint[],
  owed: ReadonlySet<string>,
): RoutingOut[] {
  return routingOf(message, endpoints).map((routing, index) => {
    if (!routing.matches || owed.has(routing.endpointId)) return routing;
    if (isTest(message)) return { ...routing, reason: 'test', detail: TEST };
    const isNew = (endpoints[index]?.createdAt ?? 0) > message.createdAt;
    return { ...routing, reason: 'later', detail: isNew ? CREATED_LATER : CHANGED_LATER };
  });
}

const TEST = 'the message was sent to one endpoint only, as a test';
const EXPUNGED = 'the endpoint has a filter, and the payload was deleted';
const CREATED_LATER = 'the endpoint was created after the message was published';
const CHANGED_LATER =
  'the endpoint was changed or enabled after the message was published, or its delivery is no longer kept';
