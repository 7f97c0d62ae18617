/**
 * A publisher with a constant rate, whatever the server does: each message is sent at its time, on a connection that
 * waits for no answer.
 */
import { connect, type Socket } from 'node:net';
import { answerQuestions } from '../child.ts';
import { nowMicros, splitMessages } from '../http-messages.ts';
import { benchEvents } from '../payloads.ts';
import { idInBody, publishRequest } from '../publish-request.ts';

export interface SteadyOrder {
  readonly port: number;
  readonly token: string;
  /** The paths, which get the messages in turn. */
  readonly paths: readonly string[];
  readonly perSecond: number;
  readonly seconds: number;
}

export interface SteadyResult {
  /** All accepted messages. */
  readonly published: readonly SteadyMessage[];
  /** The number of messages that were sent, or should have been, and have no 202. */
  readonly notAccepted: number;
  /** The first error, if any. */
  readonly failure: string | null;
}

export interface SteadyMessage {
  readonly messageId: string;
  readonly dueAtMicros: number;
  readonly sentAtMicros: number;
  readonly acceptedAtMicros: number;
}

export type SteadyHandlers = typeof handlers;

const handlers = { publish };

/** A server that needs more answers nothing; then due messages wait. */
const maxConnections = 512;
const answerDeadlineMs = 30_000;
const tickMs = 2;

async function publish(order: SteadyOrder): Promise<SteadyResult> {
  const { perSecond, seconds } = order;
  const total = Math.round(perSecond * seconds);
  const requests = requestsInTurn(order);
  const published: SteadyMessage[] = [];
  const connections = new Set<Connection>();
  const idle: Connection[] = [];
  let failure: string | null = null;
  let sent = 0;
  let ended = 0;

  const startedAtMicros = nowMicros();
  const dueAtMicros = (index: number) => startedAtMicros + (index * 1e6) / perSecond;
  const openConnection = () => {
    const connection = new Connection(order.port, {
      onAccepted(messageId, { index, sentAtMicros }) {
        const acceptedAtMicros = nowMicros();
        const message = { messageId, dueAtMicros: dueAtMicros(index) };
        published.push({ ...message, sentAtMicros, acceptedAtMicros });
        ended++;
        idle.push(connection);
      },
      onFailed(reason, isBusy) {
        connections.delete(connection);
        const at = idle.indexOf(connection);
        if (at >= 0) idle.splice(at, 1);
        if (!isBusy) return;
        failure ??= reason;
        ended++;
      },
    });
    connections.add(connection);
    return connection;
  };
  const sendDue = () => {
    while (sent < total && dueAtMicros(sent) <= nowMicros()) {
      const connection =
        idle.pop() ?? (connections.size < maxConnections ? openConnection() : undefined);
      if (connection === undefined) return;
      connection.send(requests(sent), sent);
      sent++;
    }
  };

  const lastAtMicros = dueAtMicros(total) + answerDeadlineMs * 1000;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      sendDue();
      if (ended < total && nowMicros() < lastAtMicros) return;
      clearInterval(timer);
      resolve();
    }, tickMs);
  });
  for (const connection of connections) connection.close();
  return { published, notAccepted: total - published.length, failure };
}

interface ConnectionEvents {
  readonly onAccepted: (messageId: string, sent: Sent) => void;
  readonly onFailed: (reason: string, isBusy: boolean) => void;
}

interface Sent {
  readonly index: number;
  readonly sentAtMicros: number;
}

/** A connection with at most one request in flight. */
class Connection {
  #socket: Socket;
  #sent: Sent | null = null;
  #closed = false;

  constructor(port: number, { onAccepted, onFailed }: ConnectionEvents) {
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true });
    const fail = (reason: string) => {
      if (this.#closed) return;
      this.close();
      onFailed(reason, this.#sent !== null);
    };
    this.#socket.on(
      'data',
      splitMessages((head, bytes, bodyStart, bodyEnd) => {
        const sent = this.#sent;
        if (sent === null || !head.startsWith('202', 9)) {
          return fail(`${head.slice(9, 12)} ${bytes.toString('utf8', bodyStart, bodyEnd)}`);
        }
        this.#sent = null;
        onAccepted(idInBody(bytes, bodyStart), sent);
      }),
    );
    this.#socket.on('error', (error) => fail(String(error)));
    this.#socket.on('close', () => fail('the server closed a connection'));
  }

  send(request: Buffer, index: number): void {
    this.#sent = { index, sentAtMicros: nowMicros() };
    this.#socket.write(request);
  }

  close(): void {
    this.#closed = true;
    this.#socket.destroy();
  }
}

function requestsInTurn({ port, token, paths }: SteadyOrder): (index: number) => Buffer {
  const events = benchEvents('calls');
  const requests = events.flatMap((event) =>
    paths.map((path) => publishRequest({ port, path, token, event })),
  );
  return (index) => requests[index % requests.length] ?? Buffer.alloc(0);
}

answerQuestions(handlers);
