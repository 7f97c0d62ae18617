import { parseJson } from '../parse-json.ts';
import { jsonMember } from './json-member.ts';

/** The body of a publish, over HTTP or from a queue: its fields, and the exact text of the payload. */
export interface PublishBody {
  /** The parsed body. Its `payload` (or `data`) is null when `payloadText` is set. */
  readonly fields: unknown;
  /** The exact JSON text of the payload; undefined when the body has none. */
  readonly payloadText: string | undefined;
}

/**
 * Reads the body of a publish. Throws `validation` when the text is not JSON.
 *
 * The payload must be signed and delivered exactly as it was written: printing a parsed payload
 * would change digits (`1.0`, 64-bit ids), escapes and blanks. So there are three steps:
 *
 * 1. The whole text is parsed, which proves that the payload's part of it is valid JSON.
 * 2. The payload's text is cut out of the body's text. From here on this text is the payload: the
 *    operation stores it, answers contain it, and each attempt sends it.
 * 3. The parsed payload is dropped. Otherwise it would live until the commit, and the garbage collector
 *    would copy its objects.
 */
export function readPublish(text: string): PublishBody {
  return publishBody(parseJson(text), text);
}

/** `text` is the JSON text of the fields. */
export function publishBody(fields: unknown, text: string): PublishBody {
  const payloadText = jsonMember(text, 'payload');
  if (payloadText !== null) {
    (fields as { payload: unknown }).payload = null;
    return { fields, payloadText };
  }
  const dataText = jsonMember(text, 'data') ?? undefined;
  if (dataText !== undefined) (fields as { data: unknown }).data = null;
  return { fields, payloadText: dataText };
}
