/**
 * The receiver: as little as a server can do and still be one. It counts requests and answers 200.
 * One listening port per endpoint, so that endpoints look like hosts of their own.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { answerQuestions } from './child.ts';
import { headerValue, isSampled, nowMicros, splitMessages } from './http-messages.ts';

export interface Arrival {
  readonly messageId: string;
  readonly atMicros: number;
}

export type SinkHandlers = typeof handlers;

const response = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
const noticeIntervalMs = 5;

let servers: Server[] = [];
let ports: number[] = [];
const sockets = new Set<Socket>();
let count = 0;
let arrivals: Arrival[] = [];
let noticeTimer: NodeJS.Timeout | undefined;

const handlers = {
  /** Listens on consecutive free ports and answers them. */
  async listen({ endpoints }: { endpoints: number }): Promise<number[]> {
    for (let tries = 0; tries < 50; tries++) {
      // Below the ports that the kernel gives to clients: one of those could take a port while it
      // is down, or connect to itself.
      const first = 10_000 + Math.floor(Math.random() * 20_000);
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
        const server = createServer({ noDelay: true }, receive);
        servers.push(server);
        await new Promise<void>((resolve, reject) => {
          server.once('error', reject);
          server.listen(port, '127.0.0.1', 4096, resolve);
        });
      }),
    );
  },
  /** From now on connections are refused, and those that were open are reset. */
  down(): void {
    for (const server of servers) server.close();
    for (const socket of sockets) socket.resetAndDestroy();
    servers = [];
  },
  count: (): number => count,
  /** The sampled arrivals since the last reset. */
  arrivals: (): Arrival[] => arrivals,
  connections: (): number => sockets.size,
  cpuMicros(): number {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  reset(): void {
    count = 0;
    arrivals = [];
  },
  /** While on, tells the coordinator the count whenever it grew. */
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
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
  socket.on('error', () => socket.destroy());
  socket.on(
    'data',
    splitMessages((head) => {
      count++;
      const messageId = headerValue(head, 'webhook-id') ?? '';
      if (isSampled(messageId)) arrivals.push({ messageId, atMicros: nowMicros() });
      socket.write(response);
    }),
  );
}

answerQuestions(handlers);
