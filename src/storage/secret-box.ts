import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { PosthasteError } from '../domain/errors.ts';

/** Encrypts secrets of endpoints for storage (AES-256-GCM). The encrypted text has a prefix that marks it. */
export interface SecretBox {
  /** Encrypts the text, differently each time; without a key, returns the text itself. */
  seal(text: string): string;
  /**
   * Decrypts a sealed text. Returns other text as it is, so that a key can be set on an existing installation.
   * Throws `configuration` when the key is missing or is not the one that sealed the text.
   */
  open(text: string): string;
}

/** `key` has 32 bytes; null: secrets are stored as they are. Throws `configuration`. */
export function createSecretBox(key: Uint8Array | null): SecretBox {
  return key === null ? plainBox : sealingBox(key);
}

const PREFIX = 'sealed:v1:';
const IV_BYTES = 12;
const TAG_BYTES = 16;

const plainBox: SecretBox = {
  seal: (text) => text,
  open(text) {
    if (!text.startsWith(PREFIX)) return text;
    throw new PosthasteError(
      'configuration',
      'Stored secrets of endpoints are encrypted: set `secretsKey` to the key that encrypted them.',
    );
  },
};

function sealingBox(bytes: Uint8Array): SecretBox {
  if (bytes.length !== 32) {
    throw new PosthasteError('configuration', 'The secrets key must have 32 bytes.');
  }
  const key = createSecretKey(bytes);
  return {
    seal(text) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
      const encrypted = [cipher.update(text, 'utf8'), cipher.final()];
      return PREFIX + Buffer.concat([iv, cipher.getAuthTag(), ...encrypted]).toString('base64');
    },
    open(text) {
      if (!text.startsWith(PREFIX)) return text;
      const sealed = Buffer.from(text.slice(PREFIX.length), 'base64');
      try {
        const iv = sealed.subarray(0, IV_BYTES);
        const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
        decipher.setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
        const encrypted = sealed.subarray(IV_BYTES + TAG_BYTES);
        return decipher.update(encrypted, undefined, 'utf8') + decipher.final('utf8');
      } catch (cause) {
        throw new PosthasteError(
          'configuration',
          'A stored secret cannot be decrypted with this `secretsKey`: another key encrypted it, or the stored text was altered.',
          { cause },
        );
      }
    },
  };
}
