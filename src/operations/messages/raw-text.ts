import { z } from 'zod';
import { type FieldError, invalid } from '../../domain/errors.ts';
import {
  JSON_MEDIA_TYPE,
  MAX_MEDIA_TYPE_CHARS,
  MEDIA_TYPE,
  isJsonType,
} from '../../domain/media-type.ts';
import { plainText } from '../fields.ts';
import { notOffered } from '../not-offered.ts';
import { fieldError } from '../validation.ts';
import { partHeaders, svixHeaders } from './message-headers.ts';

/**
 * The payload of a message that is not plain JSON: any text with its media type. Posthaste's own names are
 * `rawPayload` and `contentType`; `messageInRaw` of the Svix client libraries sends both as members of
 * `transformationsParams`, beside an empty `payload`.
 */
export interface RawText {
  /** Null: use the JSON text of the payload, with another media type than `application/json`. */
  readonly text: string | null;
  readonly contentType: string;
}

const NO_MEDIA_TYPE = 'must be a media type, such as text/xml; charset=utf-8';

export const contentType: z.ZodString = z
  .string()
  .max(MAX_MEDIA_TYPE_CHARS)
  .regex(MEDIA_TYPE, { error: NO_MEDIA_TYPE });

export const transformationsParams = z
  .object({ rawPayload: plainText.nullish(), headers: svixHeaders.nullish() })
  .catchall(notOffered());

interface Given {
  readonly payload?: unknown;
  readonly data?: unknown;
  readonly rawPayload?: string | null | undefined;
  readonly contentType?: string | null | undefined;
  readonly transformationsParams?: z.output<typeof transformationsParams> | null | undefined;
}

/**
 * The raw text of a message; null when its payload is JSON that is sent as `application/json`. Throws `validation`
 * for members that contradict each other. `payloadText` is the JSON text of the payload, if known.
 */
export function rawText(given: Given, payloadText: string | undefined): RawText | null {
  const { rawPayload: own, contentType: ownType, transformationsParams: params } = given;
  // The common case, a publish of JSON, must stay cheap.
  if (own === undefined && ownType === undefined && params === undefined) return null;

  const errors: FieldError[] = [];
  const refuse = (msg: string, ...path: string[]) => errors.push(fieldError(msg, 'body', ...path));
  const hasOwn = (own ?? ownType ?? null) !== null;
  const text = own ?? params?.rawPayload ?? null;
  const theirs = params?.headers ? partHeaders(params.headers).contentType : null;
  const type = ownType ?? theirs?.value ?? null;
  if (hasOwn && (params?.rawPayload ?? theirs) != null) {
    refuse(
      'has the same meaning as rawPayload and contentType: give only one of the two forms',
      'transformationsParams',
    );
  } else if (theirs !== null && !contentType.safeParse(theirs.value).success) {
    refuse(NO_MEDIA_TYPE, 'transformationsParams', 'headers', theirs.name);
  } else if (text === null && type !== null && !isJsonType(type)) {
    const path =
      theirs === null ? ['contentType'] : ['transformationsParams', 'headers', theirs.name];
    refuse('must be a JSON media type, because there is no rawPayload', ...path);
  }
  if (text !== null && !isEmpty(given.payload ?? given.data, payloadText)) {
    refuse('must be absent or {} beside a rawPayload', 'payload');
  }
  if (errors.length > 0) throw invalid(errors);
  // A payload of `application/json` is not raw text.
  if (text === null && (type === null || type === JSON_MEDIA_TYPE)) return null;
  return { text, contentType: type ?? JSON_MEDIA_TYPE };
}

function isEmpty(payload: unknown, payloadText: string | undefined): boolean {
  if (payloadText !== undefined) return /^(?:null|\{\s*\})$/.test(payloadText);
  if (payload === undefined || payload === null) return true;
  return (
    typeof payload === 'object' && !Array.isArray(payload) && Object.keys(payload).length === 0
  );
}
