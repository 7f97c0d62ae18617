import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { JSON_TYPE } from './answer.ts';

/**
 * Answers a request that `node:http` could not parse, and ends the connection. The body is JSON like all other
 * errors, so that clients can parse it.
 */
export function answerMalformed({ code }: { readonly code?: string }, socket: Socket): void {
  if (!socket.writable) return;
  const [status, detail] = REASONS[code ?? ''] ?? ['400 Bad Request', 'This is not HTTP/1.1'];
  const body = JSON.stringify({ code: 'malformed_request', detail });
  socket.end(
    `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: ${JSON_TYPE}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
}

/** Answers an Expect other than `100-continue` (RFC 9110, section 10.1.1). */
export function answerExpectation(_request: IncomingMessage, response: ServerResponse): void {
  const detail = 'The Expect header may only be 100-continue';
  const body = JSON.stringify({ code: 'malformed_request', detail });
  const headers = { connection: 'close', 'content-type': JSON_TYPE, 'content-length': body.length };
  response.writeHead(417, headers).end(body);
}

const REASONS: Readonly<Record<string, readonly [status: string, detail: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'The headers are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request did not arrive in time'],
};
