import { createHmac, hash } from 'node:crypto';

/** The base64 of HMAC-SHA256 over the UTF-8 of `head` and then `body`, under one key. */
export type Hmac = (head: string, body: string | Buffer) => string;

/**
 * Node's `createHmac` allocates a native object for each signature. Two one-shot hashes over kept
 * buffers (RFC 2104, section 2) take less than half its time for a body of the usual size.
 */
export function createHmacSha256(key: Buffer): Hmac {
  // `alloc`, not `allocUnsafe`: a small buffer of Node's pool would keep 64 KB in memory for each endpoint.
  const pads = Buffer.alloc(2 * BLOCK_BYTES);
  const block = key.length > BLOCK_BYTES ? hash('sha256', key, 'buffer') : key;
  for (let index = 0; index < BLOCK_BYTES; index++) {
    const byte = block[index] ?? 0;
    pads[index] = byte ^ INNER;
    pads[BLOCK_BYTES + index] = byte ^ OUTER;
  }

  return (head, body) => {
    const bytesAtMost = BLOCK_BYTES + (head.length + body.length) * MOST_BYTES_PER_UNIT;
    if (bytesAtMost > inner.length) return streamed(pads, head, body);

    pads.copy(inner, 0, 0, BLOCK_BYTES);
    const bodyStart = BLOCK_BYTES + inner.write(head, BLOCK_BYTES);
    const bodyBytes =
      typeof body === 'string' ? inner.write(body, bodyStart) : body.copy(inner, bodyStart);
    const innerDigest = hash('sha256', inner.subarray(0, bodyStart + bodyBytes), 'binary');
    pads.copy(outer, 0, BLOCK_BYTES);
    outer.write(innerDigest, BLOCK_BYTES, 'binary');
    return hash('sha256', outer, 'base64');
  };
}

/** The key, with zeros up to a block, which change nothing, is in the pads. */
function streamed(pads: Buffer, head: string, body: string | Buffer): string {
  const key = pads.subarray(0, BLOCK_BYTES).map((byte) => byte ^ INNER);
  return createHmac('sha256', key).update(head).update(body).digest('base64');
}

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
const INNER = 0x36;
const OUTER = 0x5c;
const MOST_BYTES_PER_UNIT = 3;
// Buffers for the hashed bytes, shared by all keys: used only within one synchronous call.
const inner = Buffer.alloc(64 * 1024);
const outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES);
