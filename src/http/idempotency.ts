import type { FastifyInstance, FastifyRequest } from 'fastify';
import { createHash } from 'node:crypto';
import { invalid } from '../domain/errors.ts';
import { type BegunRequest, type Idempotency, fieldError } from '../operations/operations.ts';
import { JSON_TYPE } from './answer.ts';
import { isIdempotencyKey } from './fast-publish/publish.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of a POST with an idempotency key that is done here. */
    begun: Exclude<BegunRequest, { answer: string }> | null;
  }
  interface FastifyContextConfig {
    /** The operation itself takes the idempotency key. */
    readonly takesIdempotencyKey?: boolean;
  }
}

/** Answers a POST with an `Idempotency-Key` that was answered before in the same way again. */
export function answerOnce(server: FastifyInstance, idempotency: Idempotency): void {
  server.decorateRequest('begun', null);

  server.addHook('preHandler', async (request, reply) => {
    const key = isKeyed(request) ? idempotencyKey(request) : undefined;
    if (key === undefined) return;
    const begun = await idempotency.begin(request.principal, key, fingerprintOf(request));
    if (begun.answer === null) {
      request.begun = begun;
      return;
    }
    const { status, body } = JSON.parse(begun.answer) as KeptAnswer;
    if (body === '') return reply.code(status).send();
    return reply.code(status).type(JSON_TYPE).send(body);
  });

  // The answer is kept before it is sent: once a client has it, each repetition gets the same.
  server.addHook('onSend', async ({ begun }, reply, payload) => {
    if (begun === null) return payload;
    const { statusCode: status } = reply;
    const body = typeof payload === 'string' ? payload : '';
    const kept: KeptAnswer = { status, body };
    if (status < 300) await begun.finish(JSON.stringify(kept));
    else await begun.forget();
    return payload;
  });
}

/** Throws `validation` for a key that is none. */
export function idempotencyKey(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && isIdempotencyKey(key)) return key;
  throw invalid([fieldError('must be 1 to 256 characters long', 'header', 'idempotency-key')]);
}

interface KeptAnswer {
  readonly status: number;
  /** Empty: there is none. */
  readonly body: string;
}

function isKeyed({ method, routeOptions }: FastifyRequest): boolean {
  return method === 'POST' && routeOptions.config.takesIdempotencyKey !== true;
}

/** Path, query and body. A slash at the end of the path means nothing. */
function fingerprintOf({ url, body }: FastifyRequest): string {
  const [path = '', query = ''] = url.split('?', 2);
  const text = typeof body === 'string' ? body : '';
  return createHash('sha256')
    .update(`${path.replace(/\/+$/, '')}?${query}\n${text}`)
    .digest('base64url');
}
