/**
 * The receiver, which does as little as possible. It counts requests and answers 200 at once, or as `answer` says.
 * Each port looks like another host.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { certificate } from './certificate.ts';
import { answerQuestions } from './child.ts';
import { headerValue, isSampled, nowMicros, splitMessages } from './http-messages.ts';

export interface Arrival {
  readonly messageId: string;
  readonly atMicros: number;
}

export interface ListenOrder {
  /** The number of ports. */
  readonly endpoints: number;
  readonly tls?: boolean;
}

export interface Answer {
  /** The status; 200 by default. */
  readonly status?: number;
  /** The delay of the answer, 0 by default; null: no answer. */
  readonly afterMs?: number | null;
  /** Whether to close the connection after each response. */
  readonly close?: boolean;
}

export interface ResetOrder {
  /** Whether to keep the arrival of every message, not only of one in about 60. */
  readonly followAll?: boolean;
}

export type SinkHandlers = typeof handlers;

const noticeIntervalMs = 5;
/** Outgoing connections get ports from here on (Linux, `ip_local_port_range`). */
const firstClientPort = 32_768;

let servers: Server[] = [];
let ports: number[] = [];
const sockets = new Set<Socket>();
let count = 0;
let opened = 0;
let arrivals: Arrival[] = [];
let followAll = false;
let tls = false;
let respond = responder({});
let noticeTimer: NodeJS.Timeout | undefined;

const handlers = {
  /** Listens on consecutive free ports and returns them. */
  async listen({ endpoints, tls: overTls = false }: ListenOrder): Promise<number[]> {
    tls = overTls;
    for (let tries = 0; tries < 50; tries++) {
      // Below the ports of outgoing connections: such a connection could take a port while the sink is down, or
      // connect to itself.
      const lowest = 10_000;
      const first = lowest + Math.floor(Math.random() * (firstClientPort - lowest - endpoints));
      ports = Array.from({ length: endpoints }, (_, index) => first + index);
      try {
        await handlers.up();
        return ports;
      } catch {
        handlers.down();
      }
    }
    throw new Error('no free ports');
  },
  async up(): Promise<void> {
    await Promise.all(
      ports.map(async (port) => {
        const server = tls
          ? createTlsServer({ ...certificate, noDelay: true }, receive)
          : createServer({ noDelay: true }, receive);
        servers.push(server);
        await new Promise<void>((resolve, reject) => {
          server.once('error', reject);
          server.listen(port, '127.0.0.1', 4096, resolve);
        });
      }),
    );
  },
  /** Resets open connections and refuses new ones from now on. */
  down(): void {
    for (const server of servers) server.close();
    for (const socket of sockets) socket.resetAndDestroy();
    servers = [];
  },
  /** Sets the answer to requests from now on. */
  answer(order: Answer): void {
    respond = responder(order);
  },
  count: (): number => count,
  /** The followed arrivals since the last reset. */
  arrivals: (): Arrival[] => arrivals,
  /** The number of connections since the last reset. */
  opened: (): number => opened,
  cpuMicros(): number {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  reset(order: ResetOrder = {}): void {
    followAll = order.followAll ?? false;
    count = 0;
    opened = 0;
    arrivals = [];
  },
  /** While on, sends the coordinator the count whenever it has grown. */
  notices({ on }: { on: boolean }): void {
    clearInterval(noticeTimer);
    if (!on) return;
    let told = 0;
    noticeTimer = setInterval(() => {
      if (count !== told) process.send?.((told = count));
    }, noticeIntervalMs);
  },
};

function receive(socket: Socket): void {
  opened++;
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
  socket.on('error', () => socket.destroy());
  socket.on(
    'data',
    splitMessages((head) => {
      count++;
      const messageId = headerValue(head, 'webhook-id') ?? '';
      if (followAll || isSampled(messageId)) arrivals.push({ messageId, atMicros: nowMicros() });
      respond(socket);
    }),
  );
}

function responder({ status = 200, afterMs = 0, close = false }: Answer): (socket: Socket) => void {
  const closeHeader = close ? 'connection: close\r\n' : '';
  const response = Buffer.from(
    `HTTP/1.1 ${status} ${status === 200 ? 'OK' : 'Error'}\r\ncontent-length: 0\r\n${closeHeader}\r\n`,
  );
  const write = (socket: Socket) => {
    if (socket.destroyed) return;
    if (close) socket.end(response);
    else socket.write(response);
  };
  if (afterMs === null) return () => {};
  if (afterMs === 0) return write;
  return (socket) => void setTimeout(write, afterMs, socket);
}

answerQuestions(handlers);
