import { createHmac, createSecretKey, hash } from 'node:crypto';

/** The base64 of HMAC-SHA256 over the UTF-8 of `head` and then `body`, under one key. */
export type Hmac = (head: string, body: string | Buffer) => string;

/**
 * Node's `createHmac` allocates a native object for each signature. Two one-shot hashes over a kept
 * buffer (RFC 2104, section 2) take less than half its time for a body of the usual size.
 */
export function createHmacSha256(key: Buffer): Hmac {
  const secret = createSecretKey(key);
  if (key.length > BLOCK_BYTES) return streamed;

  const inner = padded(key, 0x36);
  const outer = Buffer.concat([padded(key, 0x5c), Buffer.alloc(DIGEST_BYTES)]);

  return (head, body) => {
    const bytesAtMost = BLOCK_BYTES + (head.length + body.length) * MOST_BYTES_PER_UNIT;
    if (bytesAtMost > scratch.length) return streamed(head, body);

    scratch.set(inner);
    const bodyStart = BLOCK_BYTES + scratch.write(head, BLOCK_BYTES);
    const bodyBytes =
      typeof body === 'string' ? scratch.write(body, bodyStart) : body.copy(scratch, bodyStart);
    const innerDigest = hash('sha256', scratch.subarray(0, bodyStart + bodyBytes), 'binary');
    outer.write(innerDigest, BLOCK_BYTES, 'binary');
    return hash('sha256', outer, 'base64');
  };

  function streamed(head: string, body: string | Buffer): string {
    return createHmac('sha256', secret).update(head).update(body).digest('base64');
  }
}

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
const MOST_BYTES_PER_UNIT = 3;
// Only used within one call, never across a turn of the event loop.
const scratch = Buffer.alloc(64 * 1024);

function padded(key: Buffer, pad: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES, pad);
  for (const [i, byte] of key.entries()) block[i] = byte ^ pad;
  return block;
}
