import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Message } from '../../domain/message.ts';
import type {
  LongWork,
  MessageOperations,
  Principal,
  Tokens,
} from '../../operations/operations.ts';
import type { Answer } from '../answer.ts';
import { isLarge } from '../body.ts';
import type { ErrorAnswers } from '../errors.ts';
import { PUBLISH_ROUTE, acceptedAnswer, publish } from './publish.ts';
import { type RecognizedPublish, recognizePublish } from './recognize-publish.ts';
import { httpDate } from './http-date.ts';

// An import of `node:http` reads each of its exports. For one of them, `WebSocket`, Node.js loads its `fetch`: a
// fifth of the CPU of a start.
const { STATUS_CODES } = process.getBuiltinModule('node:http');

export interface PublishConnectionDeps {
  readonly tokens: Pick<Tokens, 'verify'>;
  readonly messages: Pick<MessageOperations, 'create'>;
  readonly longWork: LongWork;
  readonly bodyLimitBytes: number;
  readonly answerError: ErrorAnswers;
  /** Makes the id that identifies a failed request in its answer and in the log. */
  readonly nextRequestId: () => string;
}

/**
 * One connection, for as long as every request on it is a recognized publish.
 *
 * It is *idle* (no request), *busy* (one request runs; bytes that arrive are kept, and reading
 * stops), or *passed on*: from then on `node:http` has the socket and all bytes of unanswered requests.
 * A request that has begun here is always answered here, so no request runs twice.
 */
export class PublishConnection {
  readonly #socket: Socket;
  readonly #server: Server;
  readonly #deps: PublishConnectionDeps;
  readonly #passOn: () => void;
  #busy = false;
  #withContent = true;
  /** Bytes that arrived while busy, from a client that pipelines requests. */
  #ahead: Buffer[] = [];
  /** The next answer is the last one. */
  #lingering = false;
  #closing = false;

  /** `passOn` gives the socket to `node:http`. */
  constructor(socket: Socket, server: Server, deps: PublishConnectionDeps, passOn: () => void) {
    this.#socket = socket;
    this.#server = server;
    this.#deps = deps;
    this.#passOn = passOn;
    socket.setTimeout(server.headersTimeout);
    socket
      .on('data', this.#onData)
      .on('end', this.#onEnd)
      .on('timeout', this.#onTimeout)
      .on('error', this.#onError);
  }

  /** Ends the connection after the next answer. */
  linger(): void {
    this.#lingering = true;
  }

  /** Ends the connection: at once when idle, else after the answer. */
  close(): void {
    this.#closing = true;
    // Not `destroy`: the last answer may not be written completely.
    if (!this.#busy) this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  readonly #onData = (bytes: Buffer): void => {
    if (this.#busy || this.#closing) {
      this.#ahead.push(bytes);
      this.#socket.pause();
      return;
    }
    const request = recognizePublish(bytes, this.#deps.bodyLimitBytes);
    if (request === null) {
      this.#passToNode(bytes);
      return;
    }
    this.#busy = true;
    this.#withContent = request.withContent;
    try {
      this.#publish(request).then(this.#onAccepted, this.#onRefused);
    } catch (error) {
      this.#onRefused(error);
    }
  };

  #publish(request: RecognizedPublish): Promise<Message> {
    const principal = this.#deps.tokens.verify(request.token);
    return principal instanceof Promise
      ? principal.then((verified) => this.#publishAs(verified, request))
      : this.#publishAs(principal, request);
  }

  #publishAs(principal: Principal, request: RecognizedPublish): Promise<Message> {
    const { messages, longWork } = this.#deps;
    if (!isLarge(request.body)) return publish(messages, principal, request);
    const { application: id, body } = request;
    const owner = { id, organizationId: principal.organizationId };
    return longWork.run(owner, body.length, () => publish(messages, principal, request));
  }

  readonly #onAccepted = (message: Message): void =>
    this.#answer(acceptedAnswer(message, this.#withContent));

  readonly #onRefused = (error: unknown): void => {
    const { answerError, nextRequestId } = this.#deps;
    this.#answer(answerError(error, { id: nextRequestId(), route: PUBLISH_ROUTE }));
  };

  #answer(answer: Answer): void {
    const socket = this.#socket;
    const closes = this.#closing || this.#lingering || answer.headers['connection'] === 'close';
    this.#busy = false;
    const { ascii = false, body } = answer;
    // `Buffer.byteLength` would flatten and copy the text.
    const head = this.#head(answer, ascii ? body.length : Buffer.byteLength(body), closes);
    const flushed = socket.write(head + body, ascii ? 'latin1' : 'utf8');
    if (closes) {
      socket.end();
    } else if (this.#ahead.length > 0) {
      this.#passToNode();
    } else if (!flushed) {
      socket.pause();
      socket.once('drain', () => socket.resume());
    }
  }

  /** The same fields in the same order as `node:http` and Fastify would send. */
  #head({ status, headers }: Answer, contentLength: number, closes: boolean): string {
    const { keepAliveTimeout } = this.#server;
    const idleMs = keepAliveTimeout + KEEP_ALIVE_SPARE_MS;
    if (this.#socket.timeout !== idleMs) this.#socket.setTimeout(idleMs);
    let text = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n`;
    for (const name in headers) text += `${name}: ${headers[name]}\r\n`;
    text += `content-length: ${contentLength}\r\nDate: ${httpDate()}\r\n`;
    if (headers['connection'] !== undefined) return `${text}\r\n`;
    return closes
      ? `${text}Connection: close\r\n\r\n`
      : `${text}Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(keepAliveTimeout / 1000)}\r\n\r\n`;
  }

  readonly #onEnd = (): void => void this.#socket.end();

  readonly #onTimeout = (): void => {
    if (!this.#busy) this.#socket.destroy();
  };

  // Nothing to do: a failed socket closes by itself.
  readonly #onError = (): void => {};

  #passToNode(unread?: Buffer): void {
    const socket = this.#socket;
    // node:http does not answer half-closed clients either.
    if (socket.readableEnded) socket.destroy();
    if (socket.destroyed) return;
    socket
      .off('data', this.#onData)
      .off('end', this.#onEnd)
      .off('timeout', this.#onTimeout)
      .off('error', this.#onError);
    socket.setTimeout(0);
    socket.unshift(unread ?? Buffer.concat(this.#ahead));
    this.#passOn();
    socket.resume();
  }
}

// A request that a client sends just as the connection times out is still served.
const KEEP_ALIVE_SPARE_MS = 1_000;
