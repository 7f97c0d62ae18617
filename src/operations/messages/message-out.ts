import type { FieldError } from '../../domain/errors.ts';
import { type Message, isExpunged } from '../../domain/message.ts';
import { asciiJson } from './ascii-json.ts';
import { shownHeaders } from './message-headers.ts';
import type { PublishedMessage } from './message-operations.ts';
import type { MessageOut } from './message-schemas.ts';

/** The API's form of a message, with the payload parsed: numbers that a double can't hold lose digits. */
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
 * The API's form of a message as JSON text, with the payload's text exactly as it was published. Written by hand,
 * because it runs for every publish: ids and names need no escapes in JSON.
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

/** Shown instead of a deleted payload, as in Svix. */
export const EXPIRED = '{"expired":true}';

/** A field error in the API's form: numbers in `loc` become texts. */
export function fieldErrorOut({ loc, msg, type }: FieldError) {
  return { loc: loc.map(String), msg, type };
}

/** In ASCII, like everything but the payload. */
function warningsMember({ warnings }: PublishedMessage): string {
  if (warnings === undefined) return '';
  return `,"warnings":${asciiJson(warnings)}`;
}

function rawMembers({ payload, contentType }: Message, withContent: boolean): string {
  const text = withContent ? `,"rawPayload":${JSON.stringify(payload)}` : '';
  return `${text},"contentType":${JSON.stringify(contentType)}`;
}

let printed = { at: 0, text: new Date(0).toISOString() };

// Caches the last text: printing an instant costs as much as the rest of the message, and many share a millisecond.
function timestampOut(at: number): string {
  if (at !== printed.at) printed = { at, text: new Date(at).toISOString() };
  return printed.text;
}
