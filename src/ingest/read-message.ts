import { isUtf8 } from 'node:buffer';
import type { AsyncMessage } from 'rabbitmq-client';
import { type FieldError, PosthasteError, invalid } from '../domain/errors.ts';
import { readPublish } from '../operations/operations.ts';
import { IDENTITY } from './keep-bytes.ts';

/** The input of `messages.create`. */
export interface IngestMessage {
  /** Id or uid. */
  readonly application: string;
  /** Whether the application is created first if it does not exist. */
  readonly bringsApplication: boolean;
  /** MessageIn. */
  readonly fields: unknown;
  readonly payloadText: string | undefined;
  readonly idempotencyKey: string;
  /** The header `traceparent`. */
  readonly traceparent: string | undefined;
}

/**
 * Reads a message: JSON in UTF-8 as over HTTP, with one more member, `application`: an id or uid, or an application
 * with `uid`, which is created first if it does not exist. The property `message_id` is the idempotency key. Throws
 * `validation` and `payload_too_large`.
 */
export function readMessage(
  message: Pick<AsyncMessage, 'messageId' | 'contentEncoding' | 'headers'> & {
    readonly body: Buffer;
  },
  maxBytes: number,
): IngestMessage {
  const { body, messageId, contentEncoding = IDENTITY, headers } = message;
  if (body.length > maxBytes) {
    throw new PosthasteError(
      'payload_too_large',
      `The message has ${body.length} bytes; at most ${maxBytes} are accepted`,
    );
  }
  const errors: FieldError[] = [];
  const refuse = (error: FieldError) => void errors.push(error);
  if (!messageId) refuse(wrong(['property', 'message_id'], MESSAGE_ID, '.missing'));
  if (contentEncoding !== IDENTITY) refuse(wrong(['property', 'content_encoding'], ENCODING));
  else if (!isUtf8(body)) refuse(wrong(['body'], 'is not valid UTF-8'));
  if (errors.length > 0) throw invalid(errors);

  const { fields, payloadText } = readPublish(body.toString('utf8'));
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw invalid([wrong(['body'], 'must be a JSON object')]);
  }
  const { application, ...others } = fields as Record<string, unknown>;
  const { traceparent: given } = headers ?? {};
  const traceparent = typeof given === 'string' ? given : undefined;
  const rest = { payloadText, idempotencyKey: messageId ?? '', traceparent };
  if (typeof application === 'string') {
    return { application, bringsApplication: false, fields: others, ...rest };
  }
  const uid = (application as { uid?: unknown } | null | undefined)?.uid;
  if (typeof uid === 'string') {
    return { application: uid, bringsApplication: true, fields, ...rest };
  }
  throw invalid([wrong(['body', 'application'], APPLICATION, '.missing')]);
}

const MESSAGE_ID = 'is required, so that a message that is delivered twice is accepted once';
const ENCODING = 'must be absent: the body must not be compressed';
const APPLICATION = 'is required: the id or uid of an application, or an application with a uid';

function wrong(loc: string[], msg: string, kind = ''): FieldError {
  return { loc, msg, type: `value_error${kind}` };
}
