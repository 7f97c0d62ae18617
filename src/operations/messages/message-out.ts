import type { FieldError } from '../../domain/errors.ts';
import { type Message, isExpunged } from '../../domain/message.ts';
import { asciiJson } from './ascii-json.ts';
import { shownHeaders } from './message-headers.ts';
import type { PublishedMessage } from './message-operations.ts';
import type { MessageOut } from './message-schemas.ts';

/** The wire's form of a message, with the payload parsed: numbers beyond a double lose digits. */
export function toMessageOut(message: PublishedMessage, withContent = true): MessageOut {
  return {
    id: message.id,
    eventType: message.eventType,
    eventId: message.uid,
    channels: message.channels && [...message.channels],
    timestamp: timestampOut(message.createdAt),
    ...(message.warnings && { warnings: message.warnings.map(fieldErrorOut) }),
    ...(message.tags && { tags: [...message.tags] }),
    ...(message.deliverAt !== null && { deliverAt: new Date(message.deliverAt).toISOString() }),
    ...contentOut(message, withContent),
    ...(withContent && message.headers !== null && { headers: shownHeaders(message) }),
    ...(message.routing && { routing: [...message.routing] }),
  };
}

function contentOut(message: Message, withContent: boolean) {
  const { payload, contentType } = message;
  if (withContent && isExpunged(message)) {
    return { payload: { expired: true }, payloadDeleted: true };
  }
  if (contentType === null) return { payload: withContent ? JSON.parse(payload) : {} };
  return { payload: {}, contentType, ...(withContent && { rawPayload: payload }) };
}

/**
 * The same as JSON text, with the payload's text spliced in exactly as it was published. It runs for
 * every publish, so it is written by hand: ids and names need no escapes in JSON.
 */
export function messageJson(message: PublishedMessage, withContent = true): string {
  const eventId = message.uid === null ? 'null' : `"${message.uid}"`;
  const channels = message.channels === null ? 'null' : JSON.stringify(message.channels);
  const isDeleted = withContent && isExpunged(message);
  const payload = isDeleted
    ? `${EXPIRED},"payloadDeleted":true`
    : withContent && message.contentType === null
      ? message.payload
      : '{}';
  const tags = message.tags === null ? '' : `,"tags":${JSON.stringify(message.tags)}`;
  const later =
    message.deliverAt === null ? '' : `,"deliverAt":"${new Date(message.deliverAt).toISOString()}"`;
  const raw = message.contentType === null ? '' : rawMembers(message, withContent);
  const headers =
    withContent && message.headers !== null ? `,"headers":${asciiJson(shownHeaders(message))}` : '';
  const routing =
    message.routing === undefined ? '' : `,"routing":${JSON.stringify(message.routing)}`;
  return `{"id":"${message.id}","eventType":"${message.eventType}","eventId":${eventId},"channels":${channels},"timestamp":"${timestampOut(message.createdAt)}","payload":${payload}${tags}${raw}${headers}${later}${warningsMember(message)}${routing}}`;
}

/** As Svix shows a payload that was deleted. */
export const EXPIRED = '{"expired":true}';

/** On the wire a place is of texts alone. */
export function fieldErrorOut({ loc, msg, type }: FieldError) {
  return { loc: loc.map(String), msg, type };
}

/** Of ASCII, as all but the payload is. */
function warningsMember({ warnings }: PublishedMessage): string {
  if (warnings === undefined) return '';
  return `,"warnings":${asciiJson(warnings)}`;
}

function rawMembers({ payload, contentType }: Message, withContent: boolean): string {
  const text = withContent ? `,"rawPayload":${JSON.stringify(payload)}` : '';
  return `${text},"contentType":${JSON.stringify(contentType)}`;
}

let printed = { at: 0, text: new Date(0).toISOString() };

// Printing an instant costs as much as the rest of the text, and many messages share a millisecond.
function timestampOut(at: number): string {
  if (at !== printed.at) printed = { at, text: new Date(at).toISOString() };
  return printed.text;
}
