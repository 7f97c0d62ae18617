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
import type { BodyReading } from './read-body.ts';

/** A webhook whose signature was checked, as the handler gets it. An inbox accepts it as it is. */
export interface VerifiedWebhook {
  /** The `webhook-id`: the same for every repeat of one message. */
  readonly id: string;
  /** The body as UTF-8 text; JSON unless the sender publishes other texts, too. */
  readonly payload: string;
  /**
   * The media type that the sender names, with its parameters: it says whether `payload` is JSON. Null
   * without the header. It is not signed.
   */
  readonly contentType: string | null;
  /** The body exactly as it arrived. */
  readonly body: Buffer;
  /** The signed `webhook-timestamp`. */
  readonly sentAt: number;
}

export interface ReceiverOptions extends VerifierOptions {
  /** As for `createVerifier`. Missing and malformed ones throw `validation` at once. */
  readonly secrets: Secrets;
  /**
   * Takes the webhook; the sender is answered when it has ended. When it throws, the answer asks the
   * sender to send again: 503 for errors that may pass (`retryable`), 500 for the others.
   */
  readonly handler: (webhook: VerifiedWebhook) => unknown;
  /** How far the signed time may be from now, either way. Default: 300. */
  readonly toleranceSeconds?: number;
  /** A larger body is answered with 413. Default: 1 MiB. */
  readonly maxBodyBytes?: number;
  /** A body that takes longer to arrive is answered with 408. Default: 10 s. */
  readonly bodyTimeoutMs?: number;
  /**
   * Hears of every error of the handler (with its webhook), and of a body that was parsed before the
   * receiver could check it (with null). Default: `console.error`.
   */
  readonly onError?: (error: unknown, webhook: VerifiedWebhook | null) => void;
  readonly clock?: Clock;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** From the reading of a body to the answer; null when nobody is there to hear it. */
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
      return refusal(passing ? 503 : 500, 'the webhook could not be taken, send it again');
    }
  }

  function report(error: unknown, webhook: VerifiedWebhook | null): void {
    try {
      onError(error, webhook);
    } catch {
      // A failing listener must not leave the sender without an answer.
    }
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
export const CUT: Answer = { status: 400, headers: TEXT, text: 'the body is not complete' };
export const NOT_A_POST: Answer = {
  status: 405,
  headers: { ...TEXT, allow: 'POST' },
  text: 'webhooks are sent with POST',
};
const REFUSED: Readonly<Record<VerificationFailure, number>> = {
  // The sender did nothing wrong: it should send again when the receiver is repaired.
  no_raw_body: 500,
  missing_headers: 400,
  malformed_timestamp: 400,
  too_old: 401,
  too_new: 401,
  no_matching_signature: 401,
};
