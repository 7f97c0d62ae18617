import {
  type MessageOperations,
  type Principal,
  type PublishedMessage,
  messageJson,
  readPublish,
} from '../../operations/operations.ts';
import { type Answer, JSON_TYPE } from '../answer.ts';

/** A publish request, read by either way (fast or Fastify). */
export interface PublishRequest {
  /** Id or uid. */
  readonly application: string;
  readonly idempotencyKey: string | undefined;
  /** Whether the answer repeats the payload. */
  readonly withContent: boolean;
  /** Whether the answer says which endpoints get the message. */
  readonly explain?: boolean;
  readonly traceparent?: string | undefined;
  /** The body, as text. */
  readonly body: string;
}

/** The route of a publish in logs. */
export const PUBLISH_ROUTE = 'POST /api/v1/app/:app_id/msg';

/** Runs `messages.create` once. A refusal either rejects or is thrown synchronously. */
export function publish(
  messages: Pick<MessageOperations, 'create'>,
  principal: Principal,
  { application, idempotencyKey, explain, traceparent, body }: PublishRequest,
): Promise<PublishedMessage> {
  const { fields, payloadText } = readPublish(body);
  return messages.create(principal, application, fields, {
    payloadText,
    idempotencyKey,
    traceparent,
    ...(explain && { explain }),
  });
}

export function acceptedAnswer(message: PublishedMessage, withContent: boolean): Answer {
  return {
    status: 202,
    headers: ACCEPTED_HEADERS,
    body: messageJson(message, withContent),
    // Only the payload and the details of the routing can hold other characters than ASCII.
    ascii:
      message.routing === undefined &&
      (!withContent || Buffer.byteLength(message.payload) === message.payload.length),
  };
}

const ACCEPTED_HEADERS = { 'content-type': JSON_TYPE };

export function isIdempotencyKey(text: string): boolean {
  return text.length >= 1 && text.length <= 256;
}
