import { isUtf8 } from 'node:buffer';
import { isHost } from '../one-host.ts';
import { type PublishRequest, isIdempotencyKey } from './publish.ts';

export interface RecognizedPublish extends PublishRequest {
  /** The bearer token, not verified yet. */
  readonly token: string;
}

/**
 * Reads `bytes` if they are exactly one whole publish request in its common form. Returns null for
 * everything else: `node:http` reads wrong, incomplete and unusual requests. A request that is recognized
 * here must mean the same to every other HTTP implementation, so this function is strict: in doubt it
 * returns null.
 */
export function recognizePublish(bytes: Buffer, bodyLimitBytes: number): RecognizedPublish | null {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0 || headEnd > HEAD_LIMIT_BYTES) return null;
  const head = bytes.toString('latin1', 0, headEnd + 2);
  const body = bytes.subarray(headEnd + 4);
  REQUEST_LINE.lastIndex = 0;
  const [, application, withContent] = REQUEST_LINE.exec(head) ?? [];
  if (application === undefined) return null;
  const fields = readFields(head, REQUEST_LINE.lastIndex);
  if (fields === null) return null;

  const token = TOKEN.exec(fields.authorization ?? '')?.[1];
  const idempotencyKey = fields['idempotency-key'];
  const common =
    isHost(fields.host) &&
    token !== undefined &&
    CONTENT_TYPE.test(fields['content-type'] ?? '') &&
    fields['content-length'] === String(body.length) &&
    body.length <= bodyLimitBytes &&
    (fields.connection ?? 'keep-alive').toLowerCase() === 'keep-alive' &&
    (idempotencyKey === undefined || isIdempotencyKey(idempotencyKey)) &&
    isUtf8(body);
  if (!common) return null;
  return {
    application,
    token,
    idempotencyKey,
    traceparent: fields.traceparent,
    withContent: withContent !== 'false',
    body: body.toString('utf8'),
  };
}

type Field =
  | 'authorization'
  | 'connection'
  | 'content-length'
  | 'content-type'
  | 'host'
  | 'idempotency-key'
  | 'traceparent';

/**
 * The header fields that a publish uses. Null when the head is malformed, has one of them twice, or has a
 * field that changes the meaning of the request, the length of its body or the form of the answer.
 */
function readFields(head: string, start: number): Partial<Record<Field, string>> | null {
  const fields: Partial<Record<Field, string>> = {};
  let at = start;
  for (let count = 0; at < head.length; count++) {
    FIELD_LINE.lastIndex = at;
    const line = FIELD_LINE.exec(head);
    if (line === null || count === FIELD_LIMIT) return null;
    at = FIELD_LINE.lastIndex;
    const name = line[1]?.toLowerCase();
    switch (name) {
      case 'authorization':
      case 'connection':
      case 'content-length':
      case 'content-type':
      case 'host':
      case 'idempotency-key':
      case 'traceparent':
        if (fields[name] !== undefined) return null;
        fields[name] = line[2]?.trim() ?? '';
        break;
      case 'content-encoding':
      case 'expect':
      // The answer to a script in a browser has more fields (`http/cors.ts`).
      case 'origin':
      case 'trailer':
      case 'transfer-encoding':
      case 'upgrade':
        return null;
    }
  }
  return fields;
}

// A path without escapes, and no query except the one that the Svix libraries send.
const REQUEST_LINE =
  /POST \/api\/v1\/app\/([\w.-]{1,256})\/msg\/?(?:\?with_content=(true|false))? HTTP\/1\.1\r\n/y;
// Linear time: adjacent parts match disjoint characters, so the expression can't backtrack.
const FIELD_LINE = /([!#$%&'*+.^`|~\w-]+):([\t\x20-\x7e]*)\r\n/y;
const TOKEN = /^bearer ([\x21-\x7e]+)$/i;
const CONTENT_TYPE = /^application\/json(?:; ?charset=utf-8)?$/i;
const HEAD_LIMIT_BYTES = 8 * 1024;
const FIELD_LIMIT = 50;
