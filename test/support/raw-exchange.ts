import { connect } from 'node:net';
import type { FuzzRequest } from './fuzz-request.ts';

export interface RawAnswer {
  readonly method: string;
  readonly status: number;
  readonly body: string;
}

const DEADLINE_MS = 10_000;

/**
 * Sends the request byte for byte on a new connection and returns the answers. There are none when the client cut
 * the connection, or while the server waits for bytes that the request announced.
 */
export function exchange(
  url: string,
  request: FuzzRequest,
  tokens: { organization: string; portal: string },
): Promise<RawAnswer[]> {
  const bytes = bytesOf(request, tokens);
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer[]>();
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const received: Buffer[] = [];
  const mayWait =
    request.cutAt !== null ||
    request.length !== undefined ||
    // Waits for work, for 20 seconds by default.
    request.target.includes('/listener/') ||
    MAY_WAIT.test(request.headers.join('\n'));
  const deadline = setTimeout(
    () => {
      socket.destroy();
      if (mayWait) resolve(answers());
      else reject(new Error(`no answer to ${bytes.toString('latin1').slice(0, 2_000)}`));
    },
    mayWait ? 100 : DEADLINE_MS,
  );
  const answers = () => parse(Buffer.concat(received), request.method);
  const finish = () => {
    clearTimeout(deadline);
    socket.destroy();
    try {
      resolve(answers());
    } catch (error) {
      reject(error);
    }
  };
  socket.on('data', (chunk: Buffer) => {
    received.push(chunk);
    if (isWhole(Buffer.concat(received), request.method)) finish();
  });
  socket.on('error', finish).on('close', finish);
  if (request.cutAt !== null && request.cutAt < bytes.length) {
    socket.write(bytes.subarray(0, request.cutAt), () => socket.destroy());
  } else {
    socket.write(bytes);
  }
  return promise;
}

/** Headers that may make the server wait, or answer in several parts. */
const MAY_WAIT = /^(?:expect|upgrade|content-length|transfer-encoding):/im;

function bytesOf(
  { method, target, headers, body, length }: FuzzRequest,
  tokens: { organization: string; portal: string },
): Buffer {
  const lines = headers.map((line) =>
    line.replace('TOKEN', tokens.organization).replace('PORTAL', tokens.portal),
  );
  const framing =
    length === null ? 'transfer-encoding: chunked' : `content-length: ${length ?? body.length}`;
  const head = [`${method} ${target || '/'} HTTP/1.1`, ...lines, framing];
  const size = `${body.length.toString(16)}\r\n`;
  const parts = length === null && body.length > 0 ? [size, body, '\r\n0\r\n\r\n'] : [body];
  return Buffer.concat(
    [`${head.join('\r\n')}\r\n\r\n`, ...parts].map((part) =>
      typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part),
    ),
  );
}

function isWhole(bytes: Buffer, method: string): boolean {
  const { headEnd, length } = headOf(bytes, method);
  return headEnd >= 0 && bytes.length >= headEnd + 4 + length;
}

function headOf(bytes: Buffer, method: string) {
  const headEnd = bytes.indexOf('\r\n\r\n');
  const head = bytes.toString('latin1', 0, Math.max(headEnd, 0));
  const length = method === 'HEAD' ? 0 : Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
  return { headEnd, length, status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]) };
}

function parse(bytes: Buffer, method: string): RawAnswer[] {
  const { headEnd, length, status } = headOf(bytes, method);
  if (headEnd < 0) return [];
  if (status === 100) return parse(bytes.subarray(headEnd + 4), method);
  const body = bytes.subarray(headEnd + 4, headEnd + 4 + length);
  return [{ method, status, body: body.toString('utf8') }];
}
