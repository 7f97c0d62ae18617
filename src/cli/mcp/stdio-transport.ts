import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { JSONRPCMessageSchema } from '@modelcontextprotocol/sdk/types.js';
import { parseExact } from '../api/exact-json.ts';
import type { Io } from '../io.ts';

/** Larger than any message that a server accepts; a longer line is refused unread. */
const MOST_LINE_BYTES = 16 * 1024 * 1024;
const PARSE_ERROR = -32_700;
const INVALID_REQUEST = -32_600;

/**
 * A transport with one message per line, on standard input and output. Unlike the SDK's, it keeps the digits of
 * numbers, bounds the length of lines, and answers malformed lines, so that a faulty client does not wait for
 * ever.
 */
export function createStdioTransport({ stdin, out }: Pick<Io, 'stdin' | 'out'>): Transport {
  let parts: Buffer[] = [];
  let bytes = 0;
  const transport: Transport = {
    async start() {
      stdin.on('data', onData);
    },
    async send(message) {
      out(`${JSON.stringify(message)}\n`);
    },
    async close() {
      stdin.off('data', onData);
      stdin.pause();
      transport.onclose?.();
    },
  };
  return transport;

  function onData(chunk: Buffer | string): void {
    let rest = Buffer.from(chunk as Buffer);
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      keep(rest.subarray(0, end));
      onLine();
      rest = rest.subarray(end + 1);
    }
    keep(rest);
  }

  function keep(part: Buffer): void {
    bytes += part.length;
    if (bytes > MOST_LINE_BYTES) parts = [];
    else if (part.length > 0) parts.push(part);
  }

  function onLine(): void {
    const isTooLong = bytes > MOST_LINE_BYTES;
    const line = Buffer.concat(parts)
      .toString('utf8')
      .replace(/^\ufeff/, '');
    parts = [];
    bytes = 0;
    if (isTooLong) refuse(INVALID_REQUEST, 'the line is longer than 16 MB');
    else if (line.trim() !== '') receive(line);
  }

  function receive(line: string): void {
    let message: unknown;
    try {
      message = parseExact(line);
    } catch (error) {
      refuse(PARSE_ERROR, `the line is not JSON: ${(error as Error).message}`);
      return;
    }
    const read = JSONRPCMessageSchema.safeParse(message);
    if (read.success) transport.onmessage?.(read.data);
    else refuse(INVALID_REQUEST, 'the line is not a JSON-RPC 2.0 message', message);
  }

  function refuse(code: number, text: string, message: unknown = null): void {
    const { id, result, error } = Object(message) as Record<string, unknown>;
    // Malformed answers get no answer.
    if (result !== undefined || error !== undefined) return;
    const toWhom = typeof id === 'string' || typeof id === 'number' ? id : null;
    out(`${JSON.stringify({ jsonrpc: '2.0', id: toWhom, error: { code, message: text } })}\n`);
  }
}
