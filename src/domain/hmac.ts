import { createHmac, hash } from 'node:crypto';

/** The base64 of HMAC-SHA256 over the UTF-8 of `head` and then `body`, under one key. */
export type Hmac = (head: string, body: string | Buffer) => string;

/**
 * Node's `createHmac` allocates a native object for each signature. Two one-shot hashes over a kept
 * buffer (RFC 2104, section 2) take less than half its time for a body of the usual size.
 */
export function createHmacSha256(key: Buffer): Hmac {
  if (key.length > BLOCK_BYTES) return streamed;

  // In one allocation, because every endpoint has them.
  const kept = Buffer.alloc(2 * BLOCK_BYTES + DIGEST_BYTES);
  const inner = kept.subarray(0, BLOCK_BYTES);
  const outer = kept.subarray(BLOCK_BYTES);
  pad(inner, key, 0x36);
  pad(outer.subarray(0, BLOCK_BYTES), key, 0x5c);

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
    return createHmac('sha256', key).update(head).update(body).digest('base64');
  }
}

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
const MOST_BYTES_PER_UNIT = 3;
// Only used within one call, never across a turn of the event loop.
const scratch = Buffer.alloc(64 * 1024);

function pad(block: Buffer, key: Buffer, by: number): void {
  block.fill(by);
  for (const [i, byte] of key.entries()) block[i] = byte ^ by;
}
