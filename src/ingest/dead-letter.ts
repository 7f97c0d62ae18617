import type { AsyncMessage, Envelope } from 'rabbitmq-client';
import type { PosthasteError } from '../domain/errors.ts';

export type RefusedMessage = Pick<AsyncMessage, (typeof KEPT)[number] | 'headers'> & {
  readonly body: Buffer;
};

/**
 * The message as it goes to the dead-letter queue: its body, its properties, its headers that are
 * text, numbers, true or false, and in further headers why and when it was refused.
 */
export function deadLetter(
  message: RefusedMessage,
  reason: PosthasteError,
  queue: string,
  now: number,
): { envelope: Envelope; body: Buffer } {
  const properties = Object.fromEntries(KEPT.map((key) => [key, message[key]]));
  const headers = {
    ...keptHeaders(message.headers ?? {}),
    'x-posthaste-reason': reason.code,
    'x-posthaste-detail': reason.message.slice(0, MAX_DETAIL_CHARS),
    'x-posthaste-queue': queue,
    'x-posthaste-at': new Date(now).toISOString(),
  };
  return { envelope: { ...properties, headers, durable: true }, body: message.body };
}

/**
 * Not `user_id`, which the broker accepts of that user only, and not `expiration`, by which the dead
 * letter would be dropped.
 */
const KEPT = [
  'appId',
  'contentEncoding',
  'contentType',
  'correlationId',
  'messageId',
  'priority',
  'replyTo',
  'timestamp',
  'type',
] as const;

const MAX_DETAIL_CHARS = 1_000;
/** All headers must fit into one frame, which has 4 KiB at least and 128 KiB by default. */
const MAX_KEPT_CHARS = 16 * 1024;

/** Not lists: the broker would send a copy to each queue that `CC` names. */
function keptHeaders(headers: Record<string, unknown>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  let chars = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (!PLAIN.has(typeof value)) continue;
    chars += name.length + String(value).length;
    if (chars <= MAX_KEPT_CHARS) kept[name] = value;
  }
  return kept;
}

const PLAIN = new Set(['string', 'number', 'boolean']);
