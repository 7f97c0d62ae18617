import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Message } from '../domain/message.ts';
import { messageJson } from '../operations/operations.ts';
import type { MessageOperations } from '../operations/operations.ts';
import type { Tokens } from '../operations/operations.ts';
import { JSON_TYPE, publish } from './messages.ts';
import { type PlainPublish, readPlainPublish } from './plain-publish.ts';

export interface PublishShortcutDeps {
  readonly tokens: Tokens;
  readonly messages: MessageOperations;
  readonly bodyLimitBytes: number;
}

/** The connections that have not gone to `node:http`, for it does not know them. */
export interface PublishShortcut {
  /** Ends the idle ones at once and the others after their answer. */
  close(): void;
  /** Ends them all at once. */
  destroy(): void;
}

/**
 * Answers plain requests to publish without `node:http` and Fastify. Those cost a fifth of all that
 * an event costs, from its arrival to the record of its attempt.
 *
 * The only answer given here is the 202. When a connection sends anything but a plain publish, or
 * one that is not accepted, `node:http` gets the bytes as if nobody had read them, and the
 * connection for good. So what is refused, and how, is decided in one place.
 */
export function createPublishShortcut(server: Server, deps: PublishShortcutDeps): PublishShortcut {
  const connections = new Set<PublishConnection>();
  const toHttp = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const connection = new PublishConnection(socket, server, deps, () => {
      connections.delete(connection);
      for (const take of toHttp) take.call(server, socket);
    });
    connections.add(connection);
    socket.once('close', () => connections.delete(connection));
  });
  return {
    close() {
      for (const connection of connections) connection.close();
    },
    destroy() {
      for (const connection of connections) connection.destroy();
    },
  };
}

class PublishConnection {
  readonly #socket: Socket;
  readonly #server: Server;
  readonly #deps: PublishShortcutDeps;
  readonly #toHttp: () => void;
  /** The request that is not answered yet, as it came. */
  #inHand: Buffer | null = null;
  #withContent = true;
  /** What came after it: the client does not wait for answers. */
  #ahead: Buffer[] = [];
  #closing = false;

  constructor(socket: Socket, server: Server, deps: PublishShortcutDeps, toHttp: () => void) {
    this.#socket = socket;
    this.#server = server;
    this.#deps = deps;
    this.#toHttp = toHttp;
    socket.setTimeout(server.headersTimeout);
    socket
      .on('data', this.#onData)
      .on('end', this.#onEnd)
      .on('timeout', this.#onTimeout)
      .on('error', this.#onError);
  }

  close(): void {
    this.#closing = true;
    // Soon: once its last answer is sent.
    if (this.#inHand === null) this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  readonly #onData = (bytes: Buffer): void => {
    if (this.#inHand !== null || this.#closing) {
      this.#ahead.push(bytes);
      this.#socket.pause();
      return;
    }
    this.#inHand = bytes;
    const request = readPlainPublish(bytes, this.#deps.bodyLimitBytes);
    if (request === null) return this.#leave();
    this.#withContent = request.withContent;
    try {
      this.#accept(request).then(this.#onAccepted, this.#onRefused);
    } catch {
      this.#leave();
    }
  };

  #accept({ application, token, idempotencyKey, body }: PlainPublish): Promise<Message> {
    const { tokens, messages } = this.#deps;
    const principal = tokens.verify(token);
    return principal instanceof Promise
      ? principal.then((known) => publish(messages, known, application, body, idempotencyKey))
      : publish(messages, principal, application, body, idempotencyKey);
  }

  readonly #onAccepted = (message: Message): void => {
    const socket = this.#socket;
    this.#inHand = null;
    const body = messageJson(message, this.#withContent);
    // All but the payload is ASCII. To count the bytes of the body would copy it once more.
    const ascii = Buffer.byteLength(message.payload) === message.payload.length;
    const text = `${this.#head(ascii ? body.length : Buffer.byteLength(body))}${body}`;
    const flushed = socket.write(text, ascii ? 'latin1' : 'utf8');
    if (this.#closing) {
      socket.end();
    } else if (this.#ahead.length > 0) {
      this.#leave();
    } else if (!flushed) {
      socket.pause();
      socket.once('drain', () => socket.resume());
    }
  };

  #head(contentLength: number): string {
    const { keepAliveTimeout } = this.#server;
    const idleMs = keepAliveTimeout + KEEP_ALIVE_SPARE_MS;
    if (this.#socket.timeout !== idleMs) this.#socket.setTimeout(idleMs);
    const kept = `keep-alive\r\nKeep-Alive: timeout=${Math.floor(keepAliveTimeout / 1000)}`;
    const connection = this.#closing ? 'close' : kept;
    return `HTTP/1.1 202 Accepted\r\ncontent-type: ${JSON_TYPE}\r\ncontent-length: ${contentLength}\r\nDate: ${httpDate()}\r\nConnection: ${connection}\r\n\r\n`;
  }

  readonly #onRefused = (): void => this.#leave();

  readonly #onEnd = (): void => void this.#socket.end();

  readonly #onTimeout = (): void => {
    if (this.#inHand === null) this.#socket.destroy();
  };

  // The connection closes by itself.
  readonly #onError = (): void => {};

  /** To `node:http`, with all that is not answered. */
  #leave(): void {
    const socket = this.#socket;
    // It would not answer a client that has ended its side either.
    if (socket.readableEnded) socket.destroy();
    if (socket.destroyed) return;
    socket
      .off('data', this.#onData)
      .off('end', this.#onEnd)
      .off('timeout', this.#onTimeout)
      .off('error', this.#onError);
    socket.setTimeout(0);
    const unanswered = this.#inHand === null ? this.#ahead : [this.#inHand, ...this.#ahead];
    socket.unshift(Buffer.concat(unanswered));
    this.#toHttp();
    socket.resume();
  }
}

// A request that a client sends at the last moment is still served.
const KEEP_ALIVE_SPARE_MS = 1_000;

let date = { until: 0, text: '' };

function httpDate(): string {
  const now = Date.now();
  if (now >= date.until || now < date.until - 1_000) {
    date = { until: now - (now % 1_000) + 1_000, text: new Date(now).toUTCString() };
  }
  return date.text;
}
