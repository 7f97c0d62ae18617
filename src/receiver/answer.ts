import { type Clock, systemClock } from '../domain/clock.ts';
import { PosthasteError } from '../domain/errors.ts';
import {
  createVerifier,
  readHeader,
  type Secrets,
  type VerificationFailure,
  type VerifierOptions,
  type WebhookHeaders,
  type WebhookPayload,
} from '../domain/verification.ts';
import { callBack } from './call-back.ts';
import type { BodyReading } from './read-body.ts';

/** A webhook with a valid signature, the argument of the handler. `Inbox.accept` takes the same object. */
export interface VerifiedWebhook {
  /** The `webhook-id`: the same for every repeat of one message. */
  readonly id: string;
  /** The body as UTF-8 text; JSON unless the sender publishes other texts, too. */
  readonly payload: string;
  /**
   * The `content-type` header, with its parameters: says whether `payload` is JSON. Null without the header. The
   * header is not signed.
   */
  readonly contentType: string | null;
  /** The body exactly as it arrived. */
  readonly body: Buffer;
  /** The signed `webhook-timestamp`. */
  readonly sentAt: number;
}

export interface ReceiverOptions extends VerifierOptions {
  /** The secrets, as for `createVerifier`. Missing and malformed ones throw `validation` at once. */
  readonly secrets: Secrets;
  /**
   * Handles the webhook; the sender gets the answer when the handler has ended. When the handler throws, the answer
   * asks the sender to send again: 503 for temporary errors (`retryable`), 500 for others.
   */
  readonly handler: (webhook: VerifiedWebhook) => unknown;
  /** How far the signed time may be from now, either way. Default: 300. */
  readonly toleranceSeconds?: number;
  /** A larger body is answered with 413. Default: 1 MiB. */
  readonly maxBodyBytes?: number;
  /** A body that takes longer to arrive is answered with 408. Default: 10 s. */
  readonly bodyTimeoutMs?: number;
  /**
   * Called for every error of the handler (with the webhook), and when another body parser read a body first (with
   * null). Default: `console.error`.
   */
  readonly onError?: (error: unknown, webhook: VerifiedWebhook | null) => unknown;
  readonly clock?: Clock;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Returns a function that turns the reading of a body into an answer; null when the client is gone. */
export function createAnswerer(options: ReceiverOptions) {
  const { secrets, handler, toleranceSeconds, onError = logError, clock = systemClock } = options;
  const verify = createVerifier(secrets, options);

  return async (reading: BodyReading, headers: WebhookHeaders): Promise<Answer | null> => {
    if (reading.kind === 'cut') return null;
    if (reading.kind === 'too_large') return refusal(413, 'the body is too large');
    if (reading.kind === 'too_slow') return refusal(408, 'the body did not arrive in time');

    const found = reading.kind === 'whole' ? reading.body : (reading.left as WebhookPayload);
    const result = verify(found, headers, {
      now: clock.now(),
      ...(toleranceSeconds === undefined ? {} : { toleranceSeconds }),
    });
    if (!result.ok) {
      if (result.reason === 'no_raw_body') report(new Error(result.detail), null);
      return refusal(REFUSED[result.reason], result.detail);
    }
    const body = Buffer.from(found as string);
    const { messageId: id, sentAt } = result;
    const contentType = readHeader(headers, 'content-type');
    return take({ id, payload: body.toString(), contentType, body, sentAt });
  };

  async function take(webhook: VerifiedWebhook): Promise<Answer> {
    try {
      await handler(webhook);
      return TAKEN;
    } catch (error) {
      report(error, webhook);
      const passing = error instanceof PosthasteError && error.retryable;
      return refusal(passing ? 503 : 500, 'the webhook could not be handled, send it again');
    }
  }

  function report(error: unknown, webhook: VerifiedWebhook | null): void {
    // An error of `onError` must not leave the sender without an answer.
    callBack(
      () => onError(error, webhook),
      () => {},
    );
  }
}

function logError(error: unknown, webhook: VerifiedWebhook | null): void {
  console.error(webhook === null ? 'a webhook was refused:' : `webhook ${webhook.id}:`, error);
}

function refusal(status: number, text: string): Answer {
  return { status, headers: TEXT, text };
}

const TEXT = { 'content-type': 'text/plain; charset=utf-8' };
const TAKEN: Answer = { status: 200, headers: {}, text: '' };
export const CUT: Answer = { status: 400, headers: TEXT, text: 'the body is incomplete' };
export const NOT_A_POST: Answer = {
  status: 405,
  headers: { ...TEXT, allow: 'POST' },
  text: 'webhooks must be sent with POST',
};
const REFUSED: Readonly<Record<VerificationFailure, number>> = {
  // The error is the receiver's: the sender should send again after the receiver was repaired.
  no_raw_body: 500,
  missing_headers: 400,
  malformed_timestamp: 400,
  too_old: 401,
  too_new: 401,
  no_matching_signature: 401,
};
