import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { type Socket, createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { waitFor } from './wait-for.ts';

export interface Received {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly at: number;
}

export interface Receiver {
  readonly url: string;
  readonly port: number;
  readonly received: Received[];
  /** Answers the next requests. The default is 200 with an empty body. */
  answer: (request: Received, response: ServerResponse) => void;
  /** The number of connections accepted so far. */
  readonly connections: () => number;
  readonly openConnections: () => number;
  /**
   * One line for each connection: its first request, or that none came within two seconds. For tests that nobody
   * connects: the lines show whether a visitor meant the receiver of another test, which had the same port before.
   */
  visitors(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** An HTTP receiver, on a free port of the loopback, that keeps the requests it gets. */
export async function startReceiver(port = 0): Promise<Receiver> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const received: Received[] = [];
  /** The first request of each connection; null: none yet. */
  const firstRequests = new Map<Socket, string | null>();
  const server: Server = createServer((request, response) => {
    if (firstRequests.get(request.socket) === null) {
      firstRequests.set(request.socket, firstLines(request));
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const entry = { path: request.url ?? '', headers: request.headers, body, at: Date.now() };
      received.push(entry);
      receiver.answer(entry, response);
    });
  });
  server.keepAliveTimeout = 60_000;
  server.on('connection', (socket) => {
    connections++;
    sockets.add(socket);
    if (firstRequests.size < MOST_VISITORS) firstRequests.set(socket, null);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const bound = (server.address() as AddressInfo).port;
  const receiver: Receiver = {
    url: `http://127.0.0.1:${bound}/`,
    port: bound,
    received,
    answer: (_request, response) => void response.end(),
    connections: () => connections,
    openConnections: () => sockets.size,
    async visitors() {
      const allAsked = () => ![...firstRequests.values()].includes(null);
      await waitFor(allAsked, 'a request on each connection', 2_000).catch(() => {});
      return Array.from(
        firstRequests.values(),
        (first) => first ?? 'a connection without a request',
      );
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
  return receiver;
}

const MOST_VISITORS = 100;

function firstLines({ method, url, headers, socket }: IncomingMessage): string {
  const id = headers['webhook-id']?.toString() ?? 'none';
  return `${method} ${url} of ${headers['user-agent']}, host ${headers.host}, webhook-id ${id}, from port ${socket.remotePort}`;
}

export interface RawReceiver {
  readonly url: string;
  readonly port: number;
  readonly connections: () => number;
  close(): Promise<void>;
}

/**
 * A receiver whose answers are raw bytes. `onRequest` is called when a request has arrived with its body; requests of
 * a connection are numbered from 1.
 */
export async function startRawReceiver(
  onRequest: (socket: Socket, numberOnConnection: number) => void,
): Promise<RawReceiver> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createTcpServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    let text = '';
    let count = 0;
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      for (;;) {
        const head = text.indexOf('\r\n\r\n');
        const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
        if (head < 0 || text.length < head + 4 + length) return;
        text = text.slice(head + 4 + length);
        onRequest(socket, ++count);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    port,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
