import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Clock, systemClock } from '../domain/clock.ts';
import {
  aFunction,
  anything,
  checkOptions,
  numberAbove0,
  numberFrom,
  type OptionCheck,
  optional,
} from '../domain/options.ts';
import { isFormat } from '../domain/verification.ts';
import { type Answer, createAnswerer, CUT, NOT_A_POST, type ReceiverOptions } from './answer.ts';
import { createFastifyPlugin, type FastifyLike } from './fastify-plugin.ts';
import { readFetchBody, readNodeBody } from './read-body.ts';

/**
 * Handles webhooks for several kinds of servers: reads the body within bounds, checks the signature, calls the
 * handler and answers the sender. It never throws or rejects, however malformed the request; a client that has
 * disconnected gets no answer.
 *
 * Answers: 200 handled; 400 not a signed webhook; 401 invalid signature; 405 not a POST; 408 the body took too
 * long; 413 the body is too large; 500 and 503 the handler failed, or a body parser ran first.
 */
export interface WebhookReceiver {
  /** For `node:http`, Express 4 and 5, and other servers with Node's request and response. */
  readonly node: (request: IncomingMessage, response: ServerResponse) => void;
  /** For Hono and other servers with the `Request` of the Fetch API. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** A Fastify plugin with one route, `POST /`; register it with a `prefix`. */
  readonly fastify: (instance: FastifyLike, options: unknown, done: () => void) => void;
}

export function createReceiver(options: ReceiverOptions): WebhookReceiver {
  checkOptions(options, OPTIONS);
  const { maxBodyBytes = 1024 * 1024, bodyTimeoutMs = 10_000, clock = systemClock } = options;
  const bounds = { maxBodyBytes, bodyTimeoutMs };
  const answer = createAnswerer(options);

  const receiveNode = async (request: IncomingMessage): Promise<Answer | null> => {
    if (request.method !== 'POST') return NOT_A_POST;
    return answer(await readNodeBody(request, bounds, clock), request.headers);
  };
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.on('error', () => {});
    const answered = await receiveNode(request);
    if (answered !== null && !response.headersSent) {
      response.writeHead(answered.status, answered.headers).end(answered.text);
    }
    endSoon(request, clock);
  };
  return {
    node: (request, response) => void respond(request, response),
    fetch: async (request) => {
      if (request.method !== 'POST') return toResponse(NOT_A_POST);
      const reading = await readFetchBody(request, bounds, clock);
      return toResponse((await answer(reading, request.headers)) ?? CUT);
    },
    fastify: createFastifyPlugin(receiveNode, (request) => endSoon(request, clock)),
  };
}

// Time for a client to read the answer; then the connection of a client that still sends is closed.
const LINGER_MS = 1_000;

function toResponse({ status, headers, text }: Answer): Response {
  return new Response(text === '' ? null : text, { status, headers });
}

/** Bounds the rest of a body: Node keeps reading it after the answer, and an endless body would keep its connection. */
function endSoon(request: IncomingMessage, clock: Clock): void {
  if (request.complete || request.destroyed) return;
  const cancel = clock.after(LINGER_MS, () => request.destroy());
  request.once('close', cancel).once('end', cancel);
}

const OPTIONS = {
  // The verifier checks the secrets.
  secrets: anything,
  handler: aFunction,
  format: optional(isFormat),
  toleranceSeconds: optional(numberFrom(0, 'seconds')),
  maxBodyBytes: optional(numberAbove0('bytes')),
  bodyTimeoutMs: optional(numberAbove0('milliseconds')),
  onError: optional(aFunction),
  clock: anything,
} satisfies Record<keyof ReceiverOptions, OptionCheck>;
