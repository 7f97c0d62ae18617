/**
 * Splits the bytes of one connection into HTTP/1.1 messages with a content-length; these programs exchange no others.
 * `onMessage` gets the head as text, and the place of the body.
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

/** The value of the header with this name, in the same case. */
export function headerValue(head: string, name: string): string | undefined {
  const at = head.indexOf(`\n${name}: `);
  if (at < 0) return undefined;
  const from = at + name.length + 3;
  return head.slice(from, head.indexOf('\r', from));
}

/**
 * Whether a message is followed from publication to arrival. Publisher and sink decide by the id, so both choose the
 * same messages, about one in 60.
 */
export function isSampled(messageId: string): boolean {
  const last = messageId.length - 1;
  // Uses two digits: when ids are made in pairs, half of the last digits never occur.
  return (messageId.charCodeAt(last - 1) * 62 + messageId.charCodeAt(last)) % 61 === 0;
}

/** Microseconds of the monotonic clock, which is the same for all processes of a machine. */
export function nowMicros(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
