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
 * Takes webhooks in the form of several servers: reads the body within its bounds, checks the
 * signature, calls the handler and answers the sender. No request, however broken, throws or
 * rejects; a client that hung up gets no answer.
 *
 * 200 taken; 400 no signed webhook; 401 the signature is refused; 405 not a POST; 408 and 413 the
 * bounds; 500 and 503 the handler, or a body parser that ran first.
 */
export interface WebhookReceiver {
  /** For `node:http`, Express 4 and 5, and whatever hands on the request and response of Node. */
  readonly node: (request: IncomingMessage, response: ServerResponse) => void;
  /** For Hono and whatever has the `Request` of the Fetch API. */
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

// Enough for a client to read the answer; then one that goes on sending is cut off.
const LINGER_MS = 1_000;

function toResponse({ status, headers, text }: Answer): Response {
  return new Response(text === '' ? null : text, { status, headers });
}

/** Node goes on reading what the handler left; a body without end would keep its connection. */
function endSoon(request: IncomingMessage, clock: Clock): void {
  if (request.complete || request.destroyed) return;
  const cancel = clock.after(LINGER_MS, () => request.destroy());
  request.once('close', cancel).once('end', cancel);
}

const OPTIONS = {
  // The verifier checks them.
  secrets: anything,
  handler: aFunction,
  format: optional(isFormat),
  toleranceSeconds: optional(numberFrom(0, 'seconds')),
  maxBodyBytes: optional(numberAbove0('bytes')),
  bodyTimeoutMs: optional(numberAbove0('milliseconds')),
  onError: optional(aFunction),
  clock: anything,
} satisfies Record<keyof ReceiverOptions, OptionCheck>;
