/**
 * Splits the bytes of one connection into HTTP/1.1 messages that carry a content-length, which is
 * all that these programs exchange. `onMessage` gets the head as text, and where the body lies.
 */
export function splitMessages(
  onMessage: (head: string, bytes: Buffer, bodyStart: number, bodyEnd: number) => void,
): (chunk: Buffer) => void {
  let rest: Buffer | null = null;
  let needed = 0;
  return (chunk) => {
    const bytes: Buffer = rest === null ? chunk : Buffer.concat([rest, chunk]);
    rest = null;
    let start = 0;
    while (start < bytes.length) {
      if (bytes.length - start < needed) break;
      const text = bytes.toString('latin1', start, start + maxHeadBytes);
      const headEnd = text.indexOf('\r\n\r\n');
      if (headEnd < 0) break;
      const head = text.slice(0, headEnd + 2);
      const bodyStart = start + headEnd + 4;
      const bodyEnd = bodyStart + Number(LENGTH.exec(head)?.[1] ?? 0);
      if (bodyEnd > bytes.length) {
        needed = bodyEnd - start;
        break;
      }
      needed = 0;
      start = bodyEnd;
      onMessage(head, bytes, bodyStart, bodyEnd);
    }
    if (start < bytes.length) rest = start === 0 ? bytes : bytes.subarray(start);
  };
}

const maxHeadBytes = 4096;
const LENGTH = /\ncontent-length: (\d+)/i;

/** The value of a header whose name is sent in this case. */
export function headerValue(head: string, name: string): string | undefined {
  const at = head.indexOf(`\n${name}: `);
  if (at < 0) return undefined;
  const from = at + name.length + 3;
  return head.slice(from, head.indexOf('\r', from));
}

/**
 * Whether a message is one of those that are followed from publication to arrival. Publisher and
 * sink decide alike from the id, so both sides remember the same one in about 60.
 */
export function isSampled(messageId: string): boolean {
  const last = messageId.length - 1;
  // Over two digits: ids that are made in twos would leave half of the last digits out.
  return (messageId.charCodeAt(last - 1) * 62 + messageId.charCodeAt(last)) % 61 === 0;
}

/** Microseconds of the monotonic clock, which all processes of one machine share. */
export function nowMicros(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
