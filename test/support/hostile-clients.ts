import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createSigner } from '../../src/domain/signatures.ts';

/** Clients of a webhook receiver that break off their request, never end it, or send nonsense. */

export interface HostileClient {
  readonly name: string;
  /** The allowed answers; null: the connection ended without an answer. */
  readonly gets: readonly (number | null)[];
  readonly run: (port: number, path: string) => Promise<number | null>;
}

export const HOSTILE_CLIENTS: readonly HostileClient[] = [
  {
    name: 'hangs up in the middle of the body',
    gets: [null],
    run: async (port, path) => {
      const socket = await open(port);
      await write(socket, `${head(path)}content-length: 1000\r\n\r\n{"half":`);
      socket.destroy();
      await closed(socket);
      return null;
    },
  },
  {
    name: 'resets the connection in the middle of a chunk',
    gets: [null],
    run: async (port, path) => {
      const socket = await open(port);
      await write(socket, `${head(path)}transfer-encoding: chunked\r\n\r\nff\r\n{"half":`);
      socket.resetAndDestroy();
      await closed(socket);
      return null;
    },
  },
  {
    name: 'closes its half in the middle of the body',
    gets: [400, null],
    run: async (port, path) => {
      const socket = await open(port);
      socket.end(`${head(path)}content-length: 1000\r\n\r\n{"half":`);
      return answerOn(socket);
    },
  },
  {
    name: 'sends a body without end',
    gets: [413],
    run: async (port, path) => {
      const socket = await open(port);
      socket.write(`${head(path)}transfer-encoding: chunked\r\n\r\n`);
      const chunk = `10000\r\n${'x'.repeat(0x1_00_00)}\r\n`;
      const more = (): void => {
        while (socket.writable && socket.write(chunk));
      };
      socket.on('drain', more);
      more();
      return answerOn(socket);
    },
  },
  {
    name: 'announces a body that is too large',
    gets: [413],
    run: (port, path) => send(port, `${head(path)}content-length: 9999999999\r\n\r\nx`),
  },
  {
    name: 'sends chunks that are none',
    gets: [400],
    run: (port, path) => send(port, `${head(path)}transfer-encoding: chunked\r\n\r\nzz\r\n`),
  },
  {
    name: 'sends an empty body without a signature',
    gets: [400],
    run: (port, path) => send(port, `${head(path)}content-length: 0\r\n\r\n`),
  },
  {
    name: 'sends no body and no length',
    gets: [400],
    run: (port, path) => send(port, `${head(path)}\r\n`),
  },
  {
    name: 'sends JSON that is none, without a signature',
    gets: [400],
    run: (port, path) => send(port, `${head(path)}content-length: 2\r\n\r\n{]`),
  },
  {
    name: 'sends another type, compressed by its word',
    gets: [400],
    run: (port, path) =>
      send(port, `${head(path, 'image/png')}content-encoding: gzip\r\ncontent-length: 1\r\n\r\nx`),
  },
];

/** Sends a correctly signed webhook and returns the status of the answer. */
export async function sendSigned(
  url: string,
  secret: string,
  { id, body, headers = {} }: { id: string; body: string; headers?: Record<string, string> },
): Promise<number> {
  const seconds = Math.floor(Date.now() / 1000);
  const sign = createSigner([{ key: secret, expiresAt: null }]);
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(seconds),
      'webhook-signature': sign(id, seconds, body, Date.now()),
      ...headers,
    },
    body,
    signal: AbortSignal.timeout(5_000),
  });
  return response.status;
}

/** Sends bytes and returns the status of the answer; null: the connection ended without one. */
export async function send(port: number, text: string): Promise<number | null> {
  const socket = await open(port);
  socket.write(text);
  return answerOn(socket);
}

export function head(path: string, type = 'application/json'): string {
  return `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\n`;
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

async function write(socket: Socket, text: string): Promise<void> {
  await new Promise((resolve) => socket.write(text, resolve));
}

async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await once(socket, 'close');
}

function answerOn(socket: Socket): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error('no answer, and no end of the connection, within 8 s'));
    }, 8_000);
    let text = '';
    const end = (status: number | null): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(status);
    };
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(text) ?? [];
      if (status !== undefined) end(Number(status));
    });
    socket.once('close', () => end(null));
  });
}
