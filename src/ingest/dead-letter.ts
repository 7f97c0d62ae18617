import type { AsyncMessage, Envelope } from 'rabbitmq-client';
import type { PosthasteError } from '../domain/errors.ts';

export type RefusedMessage = Pick<AsyncMessage, (typeof KEPT)[number] | 'headers'> & {
  readonly body: Buffer;
};

/**
 * The message for the dead-letter queue: its body, its properties, its headers with text, numbers or booleans, and
 * further headers with the reason and time of the refusal.
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
 * Properties that are kept. Not `user_id`, which the broker accepts only from that user, and not `expiration`,
 * which would drop the dead letter.
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
/** Limit, because all headers must fit into one frame (128 KiB by default, at least 4 KiB). */
const MAX_KEPT_CHARS = 16 * 1024;

/** Drops lists: the broker would send a copy to each queue in a list `CC`. */
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
