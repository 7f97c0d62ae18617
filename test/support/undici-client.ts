import type { LookupAddress } from 'node:dns';
import { type LookupFunction, Socket, isIP } from 'node:net';
import { Agent, type Dispatcher, buildConnector } from 'undici';
import type { AddressGuard } from '../../src/delivery/address-guard.ts';
import { classifyFailure } from '../../src/delivery/http-client/failure.ts';
import type {
  ExchangeResult,
  HttpClient,
  HttpRequest,
} from '../../src/delivery/http-client/http-client.ts';
import type { NameResolver } from '../../src/delivery/http-client/names/name-resolver.ts';
import type { Clock } from '../../src/domain/clock.ts';

export interface UndiciClientOptions {
  readonly clock: Clock;
  readonly guard: AddressGuard;
  readonly resolver: NameResolver;
  readonly authority: string;
}

/** The contract of the HTTP client, implemented with undici: the conformance suite runs over both clients. */
export function createUndiciClient(options: UndiciClientOptions): HttpClient {
  const { clock } = options;
  const inFlight = new Set<UndiciExchange>();
  let agent = createAgent(options);
  let stopped = false;

  function abandon(): void {
    for (const exchange of inFlight) exchange.fail('connection', 'the sender stopped', true);
    // undici cannot abort a request that waits for a connection; ending its agent does.
    const ended = agent;
    agent = createAgent(options);
    void ended.destroy();
  }

  return {
    post(request, onResult) {
      const exchange = new UndiciExchange(clock, request, (result) => {
        inFlight.delete(exchange);
        onResult(result);
      });
      inFlight.add(exchange);
      // Undici reports some errors before `post` has returned.
      process.nextTick(() => {
        if (stopped) exchange.fail('connection', 'the sender stopped', true);
        else exchange.start(agent);
      });
    },
    abandon,
    stop() {
      if (stopped) return;
      stopped = true;
      abandon();
      void agent.destroy();
    },
  };
}

function createAgent({ guard, resolver, authority }: UndiciClientOptions): Agent {
  const lookup: LookupFunction = (hostname, options, callback) => {
    resolver.resolve(hostname, (answer) => {
      const vetted = answer instanceof Error ? answer : guard.vet(hostname, answer);
      if (vetted instanceof Error) return process.nextTick(callback, vetted, []);
      const [first] = vetted;
      if (options.all) process.nextTick(callback, null, vetted);
      else process.nextTick(callback, null, first?.address, first?.family);
    });
  };
  const connector = buildConnector({
    lookup,
    timeout: 0,
    maxCachedSessions: 100,
    ...(authority !== '' && { ca: authority }),
  });
  const connect: buildConnector.connector = (target, callback) => {
    const host = target.hostname.replace(/^\[(.*)\]$/, '$1');
    const literal: LookupAddress = { address: host, family: isIP(host) };
    const refused = literal.family > 0 ? guard.vet(host, [literal]) : null;
    if (refused instanceof Error) callback(refused, null);
    else connector(target, callback);
    return new Socket();
  };
  return new Agent({
    connect,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 30_000,
    keepAliveMaxTimeout: 30_000,
    keepAliveTimeoutThreshold: 2_000,
    maxHeaderSize: 16 * 1024,
  });
}

class UndiciExchange implements Dispatcher.DispatchHandler {
  readonly #request: HttpRequest;
  readonly #onResult: (result: ExchangeResult) => void;
  readonly #cancelDeadline: () => void;
  #controller: Dispatcher.DispatchController | null = null;
  #statusCode: number | null = null;
  #retryAfter: string | null = null;
  #location: string | null = null;
  #deliveryControl: string | null = null;
  readonly #body: Buffer[] = [];
  #bodyBytes = 0;
  #settled = false;

  constructor(clock: Clock, request: HttpRequest, onResult: (result: ExchangeResult) => void) {
    this.#request = request;
    this.#onResult = onResult;
    this.#cancelDeadline = clock.after(request.deadlineMs, () =>
      this.fail('timeout', 'no response before the deadline'),
    );
  }

  start(agent: Agent): void {
    if (this.#settled) return;
    const [requestLine = '', ...lines] = this.#request.head.trimEnd().split('\r\n');
    const path = requestLine.split(' ')[1] ?? '/';
    const headers = lines
      .map((line) => line.split(': ', 2) as [string, string])
      .filter(([name]) => !/^(connection|content-length)$/i.test(name))
      .flat();
    const { origin, body } = this.#request;
    agent.dispatch({ origin, path, method: 'POST', headers, body }, this);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#settled) controller.abort(new Error('the exchange is over'));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (statusCode < 200) return;
    this.#statusCode = statusCode;
    this.#retryAfter = [headers['retry-after']].flat()[0] ?? null;
    this.#location = [headers['location']].flat()[0] ?? null;
    this.#deliveryControl = [headers['webhook-delivery']].flat()[0] ?? null;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#body.push(chunk);
    this.#bodyBytes += chunk.length;
    if (this.#bodyBytes > MAX_BODY_BYTES) this.#settle(null, 'the response body was cut', false);
  }

  onResponseEnd(): void {
    this.#controller = null;
    // undici frees the connection in the next turn; a request made before then would open another connection.
    setImmediate(() => setImmediate(() => this.#settle(null, '', false)));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const { failure, detail, localShortage } = classifyFailure(innermost(error));
    const isProtocol = PROTOCOL_ERROR.test(error.name);
    this.fail(isProtocol ? 'protocol' : failure, detail, localShortage);
  }

  fail(failure: ExchangeResult['failure'], detail: string, localShortage = false): void {
    this.#settle(failure, detail, localShortage);
  }

  #settle(failure: ExchangeResult['failure'], detail: string, localShortage: boolean): void {
    if (this.#settled) return;
    const answered = this.#statusCode !== null;
    this.#settled = true;
    this.#cancelDeadline();
    const text = Buffer.concat(this.#body).toString('utf8', 0, Math.min(this.#bodyBytes, 4096));
    this.#onResult({
      statusCode: this.#statusCode,
      failure: answered ? null : failure,
      detail,
      response: text.replaceAll('\0', '\uFFFD'),
      retryAfter: this.#retryAfter,
      location: this.#location,
      deliveryControl: this.#deliveryControl,
      localShortage: localShortage && !answered,
    });
    this.#controller?.abort(new Error('the exchange is over'));
  }
}

function innermost(error: Error): Error {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return first instanceof Error ? first : error;
}

const PROTOCOL_ERROR =
  /^(HTTPParserError|HeadersOverflowError|ResponseContentLengthMismatchError)$/;
const MAX_BODY_BYTES = 64 * 1024;
