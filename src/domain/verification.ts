import { timingSafeEqual, verify as verifyBytes } from 'node:crypto';
import { isAnyArrayBuffer, isPromise } from 'node:util/types';
import { invalid } from './errors.ts';
import { oneOf } from './options.ts';
import { joined } from './signatures.ts';
import {
  parseVerificationKeys,
  type SecretFormat,
  type VerificationKey,
} from './verification-key.ts';

/**
 * The raw body, exactly as it arrived. Any other value, such as a parsed object, is refused with `no_raw_body`.
 */
export type WebhookPayload = string | ArrayBufferView | ArrayBufferLike;

/**
 * Headers of a Node server (names in any case, values may be arrays) or of the Fetch API, pairs in a list, a `Map` or
 * an iterator, or Node's `rawHeaders`. Equal repetitions of a header count once.
 */
export type WebhookHeaders =
  | Readonly<Record<string, string | readonly string[] | undefined>>
  | { get(name: string): string | null }
  | Iterable<readonly [string, string | readonly string[]]>
  | readonly string[];

export type Verification =
  | { readonly ok: true; readonly messageId: string; readonly sentAt: number }
  | { readonly ok: false; readonly reason: VerificationFailure; readonly detail: string };

export type VerificationFailure =
  | 'no_raw_body'
  | 'missing_headers'
  | 'malformed_timestamp'
  | 'too_old'
  | 'too_new'
  | 'no_matching_signature';

export interface VerifyOptions {
  /** Default: the system's clock. */
  readonly now?: number;
  /** How far the timestamp may be from `now`, either way. Default: 300. */
  readonly toleranceSeconds?: number;
}

export interface VerifierOptions {
  /**
   * `base64` (the default): a secret as senders show it. `raw`: the characters of the secret are the
   * key itself, as with `format: 'raw'` of the Standard Webhooks libraries.
   */
  readonly format?: SecretFormat;
}

/**
 * One secret, or a list of accepted secrets. The type allows `undefined`, so that a missing environment variable can
 * be passed; it throws `validation`, and so does an empty text.
 */
export type Secrets = string | readonly string[] | undefined;

/**
 * Checks the signature of a received webhook. `secrets` are `whsec_`, `whpk_` or `whsk_`; a match with one of them
 * is enough. Reads the `webhook-*` headers, or else the `svix-*` ones. Compares in constant time. Errors in the
 * webhook are returned, never thrown, whatever the types of payload and headers; a missing or malformed secret
 * throws `validation`.
 */
export function verify(
  payload: WebhookPayload,
  headers: WebhookHeaders,
  secrets: Secrets,
  options: VerifyOptions & VerifierOptions = {},
): Verification {
  return createVerifier(secrets, options)(payload, headers, options);
}

export type Verifier = (
  payload: WebhookPayload,
  headers: WebhookHeaders,
  options?: VerifyOptions,
) => Verification;

/** `verify` for fixed secrets, which are parsed once. */
export function createVerifier(
  secrets: Secrets,
  { format = 'base64' }: VerifierOptions = {},
): Verifier {
  const wrong = isFormat(format);
  if (wrong !== null) throw invalid([{ loc: ['format'], msg: wrong, type: 'value_error' }]);
  const keys = parseVerificationKeys(secrets, format);
  return (payload, headers, { now = Date.now(), toleranceSeconds = 300 } = {}) => {
    const body = readPayload(payload);
    if (body === null) return refused('no_raw_body', noRawBody(payload));
    const found = readHeaders(headers);
    if (typeof found === 'string') return refused('missing_headers', found);
    const { id, timestamp, signature } = found;
    if (!/^\d{1,12}$/.test(timestamp)) {
      const shown = JSON.stringify(timestamp.slice(0, 64));
      const detail = `webhook-timestamp is not a number of seconds: ${shown}`;
      return refused('malformed_timestamp', detail);
    }
    const sentAt = Number(timestamp) * 1000;
    const age = Math.floor(now / 1000) - Number(timestamp);
    // Negated, so that a tolerance of NaN refuses every webhook instead of none.
    if (age >= 0 && !(age <= toleranceSeconds))
      return refused('too_old', `signed ${age} seconds ago`);
    if (!(-age <= toleranceSeconds)) {
      return refused('too_new', `signed ${-age} seconds in the future`);
    }

    const head = `${id}.${timestamp}.`;
    const candidates = signature.split(' ', MOST_SIGNATURES).map(parseSignature);
    return keys.some((key) => candidates.some(matcher(key, head, body)))
      ? { ok: true, messageId: id, sentAt }
      : refused(
          'no_matching_signature',
          'no signature matches the body and a known secret: the sender signs with another secret, or the body was changed on the way (parsed and printed again, or compressed or decompressed, for example)',
        );
  };
}

/**
 * Most signatures that are compared. A sender signs with its few unexpired secrets; but checking an ed25519 signature
 * reads the whole body, and an attacker may send as many signatures as fit into a header.
 */
const MOST_SIGNATURES = 32;

export const isFormat = oneOf('base64', 'raw');

/** Null when the value is not a raw body. */
function readPayload(payload: unknown): string | Buffer | null {
  if (typeof payload === 'string') return payload;
  try {
    if (isAnyArrayBuffer(payload)) return Buffer.from(payload);
    if (!ArrayBuffer.isView(payload)) return null;
    return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  } catch {
    // Bytes in a buffer that was transferred to another thread can't be read.
    return null;
  }
}

function noRawBody(payload: unknown): string {
  return `${whyNoRawBody(payload)}. Give the body exactly as it arrived, as a string or bytes; the receiver page of the documentation shows how with your framework`;
}

function whyNoRawBody(payload: unknown): string {
  const cause = 'a body parser ran first, or nothing has read the body';
  if (payload === undefined || payload === null) {
    return `the raw body is missing (it is ${String(payload)}): ${cause}`;
  }
  if (isPromise(payload)) return 'the body is a promise, not the raw text or bytes: "await" it';
  if (isAnyArrayBuffer(payload) || ArrayBuffer.isView(payload)) {
    return 'the bytes of the body cannot be read: their buffer was transferred';
  }
  if (isUnread(payload)) {
    return 'the body is a stream, a request or a file, not the raw text or bytes: nothing has read the body';
  }
  const found = typeof payload === 'object' ? 'a parsed object' : `a ${typeof payload}`;
  return `the body is ${found}, not the raw text or bytes: ${cause}`;
}

/** Whether the body is still to be read from the value: a `Request`, a `Blob`, or a stream of either kind. */
function isUnread(value: unknown): boolean {
  try {
    const { arrayBuffer, getReader, pipe } = value as Readonly<Record<string, unknown>>;
    return [arrayBuffer, getReader, pipe].some((method) => typeof method === 'function');
  } catch {
    return false;
  }
}

interface Candidate {
  readonly scheme: string;
  readonly bytes: Buffer;
}

function parseSignature(entry: string): Candidate {
  const comma = entry.indexOf(',');
  return { scheme: entry.slice(0, comma), bytes: Buffer.from(entry.slice(comma + 1), 'base64') };
}

function matcher(
  key: VerificationKey,
  head: string,
  payload: string | Buffer,
): (candidate: Candidate) => boolean {
  if (key.scheme === 'v1') {
    const expected = Buffer.from(key.hmac(head, payload), 'base64');
    return ({ scheme, bytes }) =>
      scheme === 'v1' && bytes.length === expected.length && timingSafeEqual(bytes, expected);
  }
  const signed = joined(head, payload);
  return ({ scheme, bytes }) =>
    scheme === 'v1a' && bytes.length === 64 && verifyBytes(null, signed, key.publicKey, bytes);
}

interface SignatureHeaders {
  readonly id: string;
  readonly timestamp: string;
  readonly signature: string;
}

/**
 * The three headers, all with the same prefix, because an id and a signature with different prefixes do not belong
 * together; or a sentence that says which are missing.
 */
function readHeaders(headers: unknown): SignatureHeaders | string {
  if (typeof headers !== 'object' || headers === null) {
    return `the headers are ${headers === null ? 'null' : typeof headers}, not an object: give the headers of the request`;
  }
  try {
    const read = headerReader(headers);
    const webhook = readFamily(read, 'webhook');
    if (!Array.isArray(webhook)) return webhook;
    const svix = readFamily(read, 'svix');
    if (!Array.isArray(svix)) return svix;
    const missing = svix.length < webhook.length ? svix : webhook;
    const cause =
      'headers' in headers && missing.length === 3
        ? 'give the headers of the request, not the request'
        : 'the request is not a signed webhook, or a proxy removed headers';
    return `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing: ${cause}`;
  } catch {
    return 'the headers cannot be read: give the headers of the request';
  }
}

/** The names of the headers that are missing, when some are. */
function readFamily(read: HeaderReader, family: string): SignatureHeaders | string[] {
  const names = [`${family}-id`, `${family}-timestamp`, `${family}-signature`];
  const [id, timestamp, signature] = names.map(read);
  if (id && timestamp && signature) return { id, timestamp, signature };
  return names.filter((name) => !read(name));
}

/** The value of a header; `name` is in lower case. */
export function readHeader(headers: object, name: string): string | null {
  return headerReader(headers)(name);
}

type HeaderReader = (name: string) => string | null;

function headerReader(headers: object): HeaderReader {
  // `get` of a Map would not find names in another case.
  if ('get' in headers && typeof headers.get === 'function' && !(headers instanceof Map)) {
    const { get } = headers;
    return (name) => joinedValues([get.call(headers, name)]);
  }
  const entries = entriesOf(headers);
  return (name) =>
    joinedValues(entries.flatMap(([key, value]) => (key.toLowerCase() === name ? [value] : [])));
}

function entriesOf(headers: object): [string, unknown][] {
  if (!(Symbol.iterator in headers)) return Object.entries(headers);
  const list = [...(headers as Iterable<unknown>)];
  const pairs: unknown[][] = Array.isArray(list[0])
    ? list.filter((pair) => Array.isArray(pair))
    : list.flatMap((name, i) => (i % 2 === 0 ? [[name, list[i + 1]]] : []));
  return pairs.filter((pair): pair is [string, unknown] => typeof pair[0] === 'string');
}

/** The text of a header; different values are joined like Node does. Null without a value. */
function joinedValues(values: readonly unknown[]): string | null {
  const texts = values
    .flat()
    .filter((value) => typeof value === 'string' || typeof value === 'number')
    .map(String)
    .filter((text) => text !== '');
  return texts.length === 0 ? null : [...new Set(texts)].join(', ');
}

function refused(reason: VerificationFailure, detail: string): Verification {
  return { ok: false, reason, detail };
}
