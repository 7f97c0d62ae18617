import type { Endpoint } from './endpoint.ts';
import { createTypeMatcher } from './event-type-pattern.ts';
import { isJsonType } from './media-type.ts';
import type { Message } from './message.ts';
import { type PayloadFilter, compilePayloadFilter, payloadValue } from './payload-filter.ts';

/** Why an endpoint does not get a message. */
export interface Mismatch {
  readonly reason: 'disabled' | 'eventType' | 'channel' | 'notJson' | 'filter';
  /** A sentence for a person. */
  readonly detail: string;
  /** With `filter`, the part that does not match and the value it asks for, as JSON pointers. */
  readonly part?: { readonly at: string; readonly path: string | null };
}

export type Filters = Pick<Endpoint, 'disabled' | 'eventTypes' | 'channels' | 'filter'>;

/** The parts of a message that filters use. */
export interface Candidate {
  readonly eventType: string;
  readonly channels: readonly string[] | null;
  /** The parsed payload, or `NOT_JSON`. Parsed at the first call, and once for all endpoints. */
  payload(): unknown;
}

export const NOT_JSON: unique symbol = Symbol('the payload is not JSON');

/** An endpoint with its filters compiled. */
export interface Route {
  readonly endpoint: Endpoint;
  readonly mismatch: MismatchOf;
}

/** Null: the endpoint gets the message. Pure, without I/O; never throws. */
export type MismatchOf = (message: Candidate) => Mismatch | null;

const compiled = new WeakMap<readonly Endpoint[], readonly Route[]>();

/** Compiles the filters of a list of endpoints once; a later call with the same list is one look-up. */
export function routesOf(endpoints: readonly Endpoint[]): readonly Route[] {
  const known = compiled.get(endpoints);
  if (known !== undefined) return known;
  const routes = endpoints.map((endpoint) => ({ endpoint, mismatch: compileFilters(endpoint) }));
  compiled.set(endpoints, routes);
  return routes;
}

export function candidateOf(
  message: Pick<Message, 'eventType' | 'channels' | 'payload' | 'contentType'>,
): Candidate {
  let parsed: unknown;
  return {
    eventType: message.eventType,
    channels: message.channels,
    payload: () => (parsed === undefined ? (parsed = parse(message)) : parsed),
  };
}

/** Parses the payload. A raw text counts as JSON when its media type is a JSON type and the text is valid JSON. */
function parse({ payload, contentType }: Pick<Message, 'payload' | 'contentType'>): unknown {
  if (contentType !== null && !isJsonType(contentType)) return NOT_JSON;
  try {
    return JSON.parse(payload);
  } catch {
    return NOT_JSON;
  }
}

/**
 * Compiles the test whether an endpoint gets a message: it is enabled, has the message's event type, shares a
 * channel with it, and its filter matches the payload. Without event types, channels or a filter, the endpoint
 * accepts all. With channels it accepts no message without a channel, and with a filter no payload that is not
 * JSON. The first test that fails is the reason.
 */
export function compileFilters({ disabled, eventTypes, channels, filter }: Filters): MismatchOf {
  if (disabled !== null) return () => DISABLED;
  const takesType = eventTypes && createTypeMatcher(eventTypes);
  const takesPayload = filter && compileFilter(filter);
  return (message) => {
    if (takesType !== null && !takesType(message.eventType)) return OTHER_TYPE;
    if (channels !== null && !sharesOne(channels, message.channels)) return OTHER_CHANNEL;
    return takesPayload === null ? null : takesPayload(message);
  };
}

function compileFilter(filter: PayloadFilter): MismatchOf {
  const unmatchedBy = compilePayloadFilter(filter);
  return (message) => {
    const payload = message.payload();
    if (payload === NOT_JSON) return PAYLOAD_NOT_JSON;
    const unmatched = unmatchedBy(payload);
    return unmatched && { reason: 'filter', detail: unmatched.asks, part: unmatched };
  };
}

/** The detail of a mismatch, with the message's value at the place of the filter's condition. */
export function explain({ detail, part }: Mismatch, message: Candidate): string {
  if (part === undefined) return detail;
  const place = part.at === '' ? '' : `at ${part.at} of the filter: `;
  if (part.path === null) return `${place}${detail}`;
  const value = payloadValue(message.payload(), part.path);
  const found = value === undefined ? 'does not exist' : `is ${shortened(value)}`;
  return `${place}${detail}, and ${found}`;
}

function shortened(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(typeof value === 'string' ? value.slice(0, 100) : value);
  return typeof value === 'string' && value.length > 100 ? `${text}…` : text;
}

function sharesOne(channels: readonly string[], others: Message['channels']): boolean {
  return others !== null && others.some((name) => channels.includes(name));
}

const DISABLED: Mismatch = { reason: 'disabled', detail: 'the endpoint is disabled' };
const OTHER_TYPE: Mismatch = {
  reason: 'eventType',
  detail: "the message's event type is not among the endpoint's eventTypes",
};
const OTHER_CHANNEL: Mismatch = {
  reason: 'channel',
  detail: "the message is on none of the endpoint's channels",
};
const PAYLOAD_NOT_JSON: Mismatch = {
  reason: 'notJson',
  detail: 'the endpoint has a filter, and the payload is not JSON',
};
