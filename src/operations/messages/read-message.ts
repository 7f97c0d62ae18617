import type { z } from 'zod';
import { PosthasteError, invalid } from '../../domain/errors.ts';
import { check, fieldError, withErrors } from '../validation.ts';
import { checkedMessageIn } from './message-schemas.ts';
import { headersText, partHeaders } from './message-headers.ts';
import { missingPayload, printPayload } from './print-payload.ts';
import { rawText } from './raw-text.ts';

/** A checked message. */
export interface ReadMessage {
  readonly fields: z.output<typeof checkedMessageIn>;
  readonly payload: string;
  /** Null: the payload is JSON. */
  readonly contentType: string | null;
  /** `Message.headers`. */
  readonly headers: string | null;
}

/**
 * Checks a MessageIn. `payloadText` is the JSON text of the payload, if known. Throws `validation` or
 * `payload_too_large`.
 */
export function readMessage(
  input: unknown,
  payloadText: string | undefined,
  maxPayloadChars: number,
): ReadMessage {
  // The text is known only of a payload that is there.
  const lacking = payloadText === undefined ? missingPayload(input) : [];
  const fields = withErrors(lacking, () => check(checkedMessageIn, input, 'body'));
  const value = fields.data === undefined ? fields.payload : payloadOfData(fields);
  const raw = rawText(fields, payloadText);
  const payload = raw?.text ?? payloadText ?? printPayload(value);
  requireSize(payload, maxPayloadChars);
  const headers = headersText(ownOrSvix(fields));
  return { fields, payload, contentType: raw?.contentType ?? null, headers };
}

/** The headers in Posthaste's or Svix's form. Throws `validation` when a message has both. */
function ownOrSvix({
  headers: own,
  transformationsParams: params,
}: z.output<typeof checkedMessageIn>): Readonly<Record<string, string>> | null {
  const theirs = params?.headers ? partHeaders(params.headers).others : null;
  if (!own || theirs === null) return own ?? theirs;
  const path = ['transformationsParams', 'headers'];
  throw invalid([
    fieldError('has the same meaning as headers: give only one of them', 'body', ...path),
  ]);
}

function requireSize(payload: string, maxChars: number): void {
  if (payload.length <= maxChars) return;
  throw new PosthasteError(
    'payload_too_large',
    `The payload has ${payload.length} characters; at most ${maxChars} are accepted`,
  );
}

function payloadOfData({ payload, data }: { payload?: unknown; data?: unknown }): unknown {
  if (payload === undefined) return data;
  throw invalid([fieldError('is another name of payload: give only one of them', 'body', 'data')]);
}
