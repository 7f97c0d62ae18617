import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { JSON_TYPE } from './answer.ts';
import type { Cors } from './cors.ts';
import { drain } from './drain.ts';

/** Answers to requests that `node:http` refuses. They are JSON like all other errors, so that clients can parse them. */
export interface MalformedAnswers {
  /** For a request that `node:http` could not parse. Ends the connection. */
  readonly unparsed: (
    error: { readonly code?: string; readonly rawPacket?: unknown },
    socket: Duplex,
  ) => void;
  /** For an Expect other than `100-continue` (RFC 9110, section 10.1.1). */
  readonly expectation: (request: IncomingMessage, response: ServerResponse) => void;
  /** For CONNECT, which only proxies offer. */
  readonly connect: (request: IncomingMessage, socket: Duplex) => void;
}

export function createMalformedAnswers(cors: Cors): MalformedAnswers {
  function write(socket: Duplex, status: string, detail: string, origin: string | undefined): void {
    if (!socket.writable) return;
    const body = bodyOf(detail);
    const fields = { ...headersOf(body), ...cors.fieldsFor(origin) };
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n${body}`);
  }

  return {
    unparsed({ code = '', rawPacket }, socket) {
      const [status, detail] = REASONS[code] ?? ['400 Bad Request', 'This is not HTTP/1.1'];
      write(
        socket,
        status,
        detail,
        ORIGIN.exec(Buffer.isBuffer(rawPacket) ? rawPacket.toString('latin1') : '')?.[1],
      );
    },
    expectation(request, response) {
      const body = bodyOf('The Expect header may only be 100-continue');
      response.writeHead(417, { ...headersOf(body), ...cors.fieldsFor(request.headers.origin) });
      drain(request, () => response.end(body));
    },
    connect({ headers: { origin } }, socket) {
      write(socket, '400 Bad Request', 'CONNECT is for proxies, and this is none', origin);
    },
  };
}

function bodyOf(detail: string): string {
  return JSON.stringify({ code: 'malformed_request', detail });
}

function headersOf(body: string): Record<string, string> {
  return {
    connection: 'close',
    'content-type': JSON_TYPE,
    'content-length': String(body.length),
  };
}

/** The Origin of a request of which only the bytes are known. */
const ORIGIN = /^origin:[ \t]*(\S+)[ \t]*\r?$/im;

const REASONS: Readonly<Record<string, readonly [status: string, detail: string]>> = {
  HPE_INVALID_METHOD: ['400 Bad Request', 'This is not HTTP/1.1, or the method is not known'],
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'The headers are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request did not arrive in time'],
};
