import { createPublicKey, type KeyObject } from 'node:crypto';
import { createHmacSha256, type Hmac } from './hmac.ts';
import { malformed, parseSecret, SPKI_HEAD } from './signatures.ts';

export type SecretFormat = 'base64' | 'raw';

export type VerificationKey =
  | { readonly scheme: 'v1'; readonly hmac: Hmac }
  | { readonly scheme: 'v1a'; readonly publicKey: KeyObject };

/**
 * Parses the secrets of a receiver. Accepts more forms than `parseSecret` (for Posthaste's own secrets), because
 * they may come from other senders: `whsec_…`, `v1,whsec_…` and the same without a prefix, `whpk_…` and `whsk_…`;
 * in standard or url-safe base64, padded or not; surrounding blanks are ignored. Throws `validation` for anything
 * else, and when there is no secret. The message never contains the secret.
 */
export function parseVerificationKeys(secrets: unknown, format: SecretFormat): VerificationKey[] {
  const list: unknown[] = Array.isArray(secrets) ? secrets : [secrets];
  if (list.length === 0) {
    throw malformed(['secrets'], 'the list is empty: a receiver needs at least one secret');
  }
  return list.map((secret, i) => {
    const loc = Array.isArray(secrets) ? ['secrets', i] : ['secrets'];
    if (typeof secret !== 'string') {
      const found = secret === null ? 'null' : typeof secret;
      throw malformed(
        loc,
        `must be a text such as whsec_…, not ${found}; is the setting that holds the secret there?`,
      );
    }
    if (secret.trim() === '') {
      throw malformed(loc, 'is empty; is the setting that holds the secret there?');
    }
    return format === 'raw'
      ? { scheme: 'v1', hmac: createHmacSha256(Buffer.from(secret)) }
      : parseKey(secret.trim().replace(/^v1a?,\s*/, ''), loc);
  });
}

function parseKey(secret: string, loc: (string | number)[]): VerificationKey {
  const [, prefix = '', text = ''] = /^(whsec_|whsk_|whpk_)?(.*)$/s.exec(secret) ?? [];
  const bytes = decode(text);
  if (prefix === 'whpk_') {
    if (bytes?.length !== 32) {
      throw malformed(loc, 'must be whpk_ and base64 of a 32-byte ed25519 public key');
    }
    const key = Buffer.concat([SPKI_HEAD, bytes]);
    return { scheme: 'v1a', publicKey: createPublicKey({ key, format: 'der', type: 'spki' }) };
  }
  if (prefix === 'whsk_') {
    const key = parseSecret(`whsk_${bytes?.toString('base64') ?? ''}`, loc);
    if (key.scheme === 'v1a') return key;
  }
  // Refuse an unknown prefix: as url-safe base64, it would become part of a key that never matches.
  if (prefix === '' && /^[a-z]{3,6}_/.test(text)) {
    throw malformed(
      loc,
      "has an unknown prefix; when all of it is the key itself, use the option format: 'raw', and when all of it is base64, write whsec_ before it",
    );
  }
  if (/^wh(sec|sk|pk)_/i.test(text)) {
    throw malformed(loc, 'has its prefix twice, or in capitals: must be whsec_ and base64');
  }
  if (bytes === null || bytes.length < SHORTEST_KEY_BYTES) {
    throw malformed(
      loc,
      `must be whsec_ and base64 of at least ${SHORTEST_KEY_BYTES} bytes; a secret that is the key itself needs the option format: 'raw'; several secrets are an array`,
    );
  }
  return { scheme: 'v1', hmac: createHmacSha256(bytes) };
}

// Senders should use at least 24 bytes. A much shorter text was probably cut.
const SHORTEST_KEY_BYTES = 16;

/** Null unless every character is base64: `Buffer` would ignore the others. */
function decode(text: string): Buffer | null {
  const [, digits = ''] = /^([\w+/-]+)={0,2}$/.exec(text) ?? [];
  return digits === '' || digits.length % 4 === 1 ? null : Buffer.from(digits, 'base64');
}
