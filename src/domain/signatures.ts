import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign as signBytes,
  timingSafeEqual,
  verify as verifyBytes,
  type KeyObject,
} from 'node:crypto';
import type { EndpointSecret } from './endpoint.ts';
import { type FieldError, invalid } from './errors.ts';
import { createHmacSha256, type Hmac } from './hmac.ts';

/**
 * Signatures of Standard Webhooks 1.0 over `id.timestamp.body`: `v1` is HMAC-SHA256 with a `whsec_`
 * secret, `v1a` is ed25519 with a `whsk_` private key, checked with its `whpk_` public key.
 */

/**
 * The value of `webhook-signature`: one signature for each secret that has not expired at `now`, in
 * the order of `secrets`, separated by spaces. Keys are parsed once per `secrets` array, which must
 * not change afterwards.
 */
export function signatureHeader(
  secrets: readonly EndpointSecret[],
  messageId: string,
  timestampSeconds: number,
  body: string | Buffer,
  now: number,
): string {
  let signer = signers.get(secrets);
  if (signer === undefined) signers.set(secrets, (signer = createSigner(secrets)));
  return signer(messageId, timestampSeconds, body, now);
}

export type Signer = (
  messageId: string,
  timestampSeconds: number,
  body: string | Buffer,
  now: number,
) => string;

/** `signatureHeader` for fixed secrets. Throws `validation` when one of them is malformed. */
export function createSigner(secrets: readonly EndpointSecret[]): Signer {
  const keys = secrets.map(({ key, expiresAt }) => ({ key: parseSecret(key), expiresAt }));
  return (messageId, timestampSeconds, body, now) => {
    const head = `${messageId}.${timestampSeconds}.`;
    let header = '';
    for (const { key, expiresAt } of keys) {
      if (expiresAt !== null && expiresAt <= now) continue;
      if (header !== '') header += ' ';
      header +=
        key.scheme === 'v1'
          ? `v1,${key.hmac(head, body)}`
          : `v1a,${signBytes(null, joined(head, body), key.privateKey).toString('base64')}`;
    }
    return header;
  };
}

/** As a Node server (names in any case) or the Fetch API gives them. */
export type WebhookHeaders =
  | Readonly<Record<string, string | readonly string[] | undefined>>
  | { get(name: string): string | null };

export type Verification =
  | { readonly ok: true; readonly messageId: string; readonly sentAt: number }
  | { readonly ok: false; readonly reason: VerificationFailure; readonly detail: string };

export type VerificationFailure =
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

/**
 * Checks a received webhook. `payload` is the body exactly as it arrived, never parsed and printed
 * again; `secrets` are `whsec_`, `whpk_` or `whsk_`, and a match with one of them is enough.
 * Reads the `webhook-*` headers, or else the `svix-*` ones. Compares in constant time. An error
 * in the webhook is a result; a malformed secret throws `validation`.
 */
export function verify(
  payload: string | Buffer,
  headers: WebhookHeaders,
  secrets: string | readonly string[],
  options: VerifyOptions = {},
): Verification {
  return createVerifier(secrets)(payload, headers, options);
}

export type Verifier = (
  payload: string | Buffer,
  headers: WebhookHeaders,
  options?: VerifyOptions,
) => Verification;

/** `verify` for fixed secrets, which are parsed once. */
export function createVerifier(secrets: string | readonly string[]): Verifier {
  const keys = [secrets].flat().map(parseVerificationKey);
  return (payload, headers, { now = Date.now(), toleranceSeconds = 300 } = {}) => {
    const found = readHeaders(headers, 'webhook') ?? readHeaders(headers, 'svix');
    if (found === null) {
      return refused('missing_headers', 'webhook-id, -timestamp and -signature are required');
    }
    const { id, timestamp, signature } = found;
    if (!/^\d{1,12}$/.test(timestamp)) {
      return refused('malformed_timestamp', 'webhook-timestamp is not a number of seconds');
    }
    const sentAt = Number(timestamp) * 1000;
    const age = Math.floor(now / 1000) - Number(timestamp);
    if (age > toleranceSeconds) return refused('too_old', `signed ${age} seconds ago`);
    if (-age > toleranceSeconds) return refused('too_new', `signed ${-age} seconds in the future`);

    const head = `${id}.${timestamp}.`;
    const candidates = signature.split(' ').map(parseSignature);
    return keys.some((key) => candidates.some(matcher(key, head, payload)))
      ? { ok: true, messageId: id, sentAt }
      : refused('no_matching_signature', 'no signature matches the body and a known secret');
  };
}

/** `whsec_` and 24 random bytes. */
export function generateSecret(): string {
  return `whsec_${randomBytes(24).toString('base64')}`;
}

/** `whsk_` and a new ed25519 key pair: seed, then public key. */
export function generateAsymmetricSecret(): string {
  const { d = '', x = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const bytes = Buffer.concat([Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]);
  return `whsk_${bytes.toString('base64')}`;
}

/** The `whpk_…` with which a receiver checks what the `whsk_…` signs. */
export function publicKeyOf(secret: string): string {
  const key = parseSecret(secret);
  if (key.scheme !== 'v1a') throw malformed(['secret'], 'only a whsk_ secret has a public key');
  return `whpk_${rawPublicKey(key.publicKey).toString('base64')}`;
}

export type SigningKey =
  | { readonly scheme: 'v1'; readonly text: string; readonly hmac: Hmac }
  | {
      readonly scheme: 'v1a';
      readonly text: string;
      readonly privateKey: KeyObject;
      readonly publicKey: KeyObject;
    };

/**
 * Reads a signing secret: `whsec_` (may be left out) and base64 of 24 to 75 bytes, or `whsk_` and
 * base64 of an ed25519 seed of 32 bytes, with or without its public key behind it. `text` is the
 * secret with its prefix, the form to store. Anything else throws `validation` with the error at
 * `loc`; the secret is never part of the message.
 */
export function parseSecret(secret: string, loc: FieldError['loc'] = ['secret']): SigningKey {
  if (secret.startsWith('whsk_')) return parsePrivateKey(secret, loc);
  const encoded = secret.startsWith('whsec_') ? secret.slice('whsec_'.length) : secret;
  const bytes = decodeBase64(encoded);
  // The specification ends at 64 bytes; Svix's clients may send what fits into 100 characters.
  if (bytes === null || bytes.length < 24 || bytes.length > 75) {
    throw malformed(loc, 'must be whsec_ and base64 of 24 to 75 bytes, or whsk_ and a private key');
  }
  return { scheme: 'v1', text: `whsec_${encoded}`, hmac: createHmacSha256(bytes) };
}

const signers = new WeakMap<readonly EndpointSecret[], Signer>();

function parsePrivateKey(secret: string, loc: FieldError['loc']): SigningKey {
  const bytes = decodeBase64(secret.slice('whsk_'.length));
  if (bytes === null || (bytes.length !== 32 && bytes.length !== 64)) {
    throw malformed(loc, 'must be whsk_ and base64 of a 32-byte ed25519 seed and its public key');
  }
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_HEAD, bytes.subarray(0, 32)]),
    format: 'der',
    type: 'pkcs8',
  });
  const publicKey = createPublicKey(privateKey);
  if (bytes.length === 64 && !rawPublicKey(publicKey).equals(bytes.subarray(32))) {
    throw malformed(loc, 'the public key in the whsk_ secret is not that of its private key');
  }
  return { scheme: 'v1a', text: secret, privateKey, publicKey };
}

type VerificationKey =
  | { readonly scheme: 'v1'; readonly hmac: Hmac }
  | { readonly scheme: 'v1a'; readonly publicKey: KeyObject };

function parseVerificationKey(secret: string): VerificationKey {
  if (!secret.startsWith('whpk_')) return parseSecret(secret);
  const bytes = decodeBase64(secret.slice('whpk_'.length));
  if (bytes?.length !== 32) {
    throw malformed(['secret'], 'must be whpk_ and base64 of a 32-byte ed25519 public key');
  }
  const der = Buffer.concat([SPKI_HEAD, bytes]);
  return { scheme: 'v1a', publicKey: createPublicKey({ key: der, format: 'der', type: 'spki' }) };
}

// RFC 8410: the bytes before the 32 bytes of an ed25519 key in its DER forms.
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

function rawPublicKey(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(SPKI_HEAD.length);
}

/** Null unless the text is canonical base64: Buffer ignores characters that are not base64. */
function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}

function malformed(loc: FieldError['loc'], msg: string): Error {
  return invalid([{ loc, msg, type: 'value_error' }]);
}

function joined(head: string, body: string | Buffer): Buffer {
  return typeof body === 'string'
    ? Buffer.from(head + body)
    : Buffer.concat([Buffer.from(head), body]);
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

/** All three headers under one prefix: an id and a signature of different prefixes prove nothing. */
function readHeaders(headers: WebhookHeaders, family: string): SignatureHeaders | null {
  const id = readHeader(headers, `${family}-id`);
  const timestamp = readHeader(headers, `${family}-timestamp`);
  const signature = readHeader(headers, `${family}-signature`);
  return id && timestamp && signature ? { id, timestamp, signature } : null;
}

function readHeader(headers: WebhookHeaders, name: string): string | null {
  if (typeof headers.get === 'function') return headers.get(name);
  for (const [key, value] of Object.entries(headers)) {
    if (key.toLowerCase() === name && typeof value === 'string') return value;
  }
  return null;
}

function refused(reason: VerificationFailure, detail: string): Verification {
  return { ok: false, reason, detail };
}
