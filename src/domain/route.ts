import type { Endpoint } from './endpoint.ts';
import { createTypeMatcher } from './event-type-pattern.ts';
import type { Message } from './message.ts';

/** Why an endpoint does not get a message. */
export interface Mismatch {
  readonly reason: 'disabled' | 'eventType' | 'channel';
  /** A sentence for a person. */
  readonly detail: string;
}

export type Filters = Pick<Endpoint, 'disabled' | 'eventTypes' | 'channels'>;
export type FilteredMessage = Pick<Message, 'eventType' | 'channels'>;

/** An endpoint with its filters compiled. */
export interface Route {
  readonly endpoint: Endpoint;
  readonly mismatch: MismatchOf;
}

/** Null: the endpoint gets the message. Pure, without I/O; never throws. */
export type MismatchOf = (message: FilteredMessage) => Mismatch | null;

const compiled = new WeakMap<readonly Endpoint[], readonly Route[]>();

/** Compiles a list once: an unchanged application is one look-up for each message. */
export function routesOf(endpoints: readonly Endpoint[]): readonly Route[] {
  const known = compiled.get(endpoints);
  if (known !== undefined) return known;
  const routes = endpoints.map((endpoint) => ({ endpoint, mismatch: compileFilters(endpoint) }));
  compiled.set(endpoints, routes);
  return routes;
}

/**
 * Whether an endpoint gets a message, and if not, why: it is enabled, the message's type is one of
 * its types, and the two share a channel. An endpoint without event types or without channels takes
 * all of them; one with channels takes no message without a channel. The first filter that does not
 * match is the reason.
 */
export function compileFilters({ disabled, eventTypes, channels }: Filters): MismatchOf {
  if (disabled !== null) return () => DISABLED;
  const takesType = eventTypes && createTypeMatcher(eventTypes);
  return (message) => {
    if (takesType !== null && !takesType(message.eventType)) return OTHER_TYPE;
    if (channels !== null && !sharesOne(channels, message.channels)) return OTHER_CHANNEL;
    return null;
  };
}

function sharesOne(channels: readonly string[], others: Message['channels']): boolean {
  return others !== null && others.some((name) => channels.includes(name));
}

const DISABLED: Mismatch = { reason: 'disabled', detail: 'the endpoint is disabled' };
const OTHER_TYPE: Mismatch = {
  reason: 'eventType',
  detail: "the message's event type is none of the endpoint's eventTypes",
};
const OTHER_CHANNEL: Mismatch = {
  reason: 'channel',
  detail: "the message is on none of the endpoint's channels",
};
