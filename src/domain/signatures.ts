import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign as signBytes,
  type KeyObject,
} from 'node:crypto';
import type { EndpointSecret } from './endpoint.ts';
import { type FieldError, type PosthasteError, invalid } from './errors.ts';
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
 * base64 of an ed25519 seed of 32 bytes, optionally followed by its public key. `text` of the result is the
 * secret with its prefix, the form to store. Throws `validation` with the error at `loc` for anything else; the
 * message never contains the secret.
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

/** What is wrong with a signing secret; null: nothing. */
export function secretError(secret: string): string | null {
  try {
    parseSecret(secret);
    return null;
  } catch (error) {
    return (error as PosthasteError).fieldErrors[0]?.msg ?? null;
  }
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
    throw malformed(loc, 'the public key in the whsk_ secret does not belong to its private key');
  }
  return { scheme: 'v1a', text: secret, privateKey, publicKey };
}

// RFC 8410: the bytes before the 32 bytes of an ed25519 key in its DER forms.
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');
export const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

function rawPublicKey(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(SPKI_HEAD.length);
}

/** Null unless the text is canonical base64: Buffer ignores characters that are not base64. */
function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}

export function malformed(loc: FieldError['loc'], msg: string): Error {
  return invalid([{ loc, msg, type: 'value_error' }]);
}

export function joined(head: string, body: string | Buffer): Buffer {
  return typeof body === 'string'
    ? Buffer.from(head + body)
    : Buffer.concat([Buffer.from(head), body]);
}
