import { createHmac, hash } from 'node:crypto';

/** The base64 of HMAC-SHA256 over the UTF-8 of `head` and then `body`, under one key. */
export type Hmac = (head: string, body: string | Buffer) => string;

/**
 * Node's `createHmac` allocates a native object for each signature. Two one-shot hashes over kept
 * buffers (RFC 2104, section 2) take less than half its time for a body of the usual size.
 */
export function createHmacSha256(key: Buffer): Hmac {
  const block = key.length > BLOCK_BYTES ? hash('sha256', key, 'buffer') : key;
  // All that is kept of each endpoint, as text: a buffer of its own takes five times as much.
  const innerPad = padOf(block, INNER);
  const outerPad = padOf(block, OUTER);

  return (head, body) => {
    const bytesAtMost = BLOCK_BYTES + (head.length + body.length) * MOST_BYTES_PER_UNIT;
    if (bytesAtMost > inner.length) return streamed(innerPad, head, body);

    inner.write(innerPad, 'latin1');
    const bodyStart = BLOCK_BYTES + inner.write(head, BLOCK_BYTES);
    const bodyBytes =
      typeof body === 'string' ? inner.write(body, bodyStart) : body.copy(inner, bodyStart);
    const innerDigest = hash('sha256', inner.subarray(0, bodyStart + bodyBytes), 'binary');
    outer.write(outerPad, 'latin1');
    outer.write(innerDigest, BLOCK_BYTES, 'binary');
    return hash('sha256', outer, 'base64');
  };
}

/** The bytes of a block as Latin-1 text, each one XORed with `pad`. */
function padOf(block: Buffer, pad: number): string {
  const bytes = Buffer.alloc(BLOCK_BYTES, pad);
  for (const [index, byte] of block.entries()) bytes[index] = byte ^ pad;
  return bytes.toString('latin1');
}

/** The inner pad holds the key, and zeros up to a block, which change nothing. */
function streamed(innerPad: string, head: string, body: string | Buffer): string {
  const key = Buffer.from(innerPad, 'latin1').map((byte) => byte ^ INNER);
  return createHmac('sha256', key).update(head).update(body).digest('base64');
}

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
const INNER = 0x36;
const OUTER = 0x5c;
const MOST_BYTES_PER_UNIT = 3;
// What is hashed. Only used within one call, never across a turn of the event loop.
const inner = Buffer.alloc(64 * 1024);
const outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES);
