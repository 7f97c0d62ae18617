import type { FastifyReply, FastifyRequest } from 'fastify';
import { invalid } from '../domain/errors.ts';
import {
  type Idempotency,
  type Keep,
  type LongWork,
  fieldError,
} from '../operations/operations.ts';
import { JSON_TYPE, sendAnswer } from './answer.ts';
import { isLarge } from './body.ts';
import { isIdempotencyKey } from './fast-publish/publish.ts';

type KeyedRequest = Pick<
  FastifyRequest,
  'raw' | 'headers' | 'principal' | 'method' | 'routeOptions' | 'query' | 'body'
> & { readonly params: unknown };

interface Outcome {
  readonly status: number;
  readonly body: unknown;
  readonly isPartial?: boolean;
}

/**
 * Runs the operation of a POST, once per idempotency key, and sends the answer. Every POST route uses it,
 * except publishes, whose messages are stored with their key, and routes that change nothing.
 */
export type AnswerOnce = <T>(
  request: KeyedRequest,
  reply: FastifyReply,
  outcomeOf: (value: T) => Outcome,
  run: (keep: Keep<T> | undefined) => Promise<T>,
) => Promise<FastifyReply>;

export function createAnswerOnce(idempotency: Idempotency, longWork: LongWork): AnswerOnce {
  return async (request, reply, outcomeOf, run) => {
    const key = idempotencyKey(request);
    if (key === undefined) {
      const { status, body } = outcomeOf(await run(undefined));
      return reply.code(status).send(body);
    }
    const { principal, method, routeOptions, params, query, body } = request;
    const target = [method, routeOptions.url, params];
    const answer = await idempotency.once(
      { principal, key, target, content: [query, body ?? null] },
      (value: Parameters<typeof outcomeOf>[0]) => {
        const outcome = outcomeOf(value);
        return { ...outcome, body: JSON.stringify(outcome.body) ?? '' };
      },
      // The body is read now: the turn in which the handler began is over.
      typeof body === 'string' && isLarge(body)
        ? (keep) => longWork.run(principal.organizationId, () => run(keep))
        : run,
    );
    return sendAnswer(reply, { ...answer, headers: JSON_HEADERS });
  };
}

const JSON_HEADERS = { 'content-type': JSON_TYPE };

/** The idempotency key of a request, if it has one. Throws `validation` when the key is malformed. */
export function idempotencyKey({
  headers,
  raw,
}: Pick<FastifyRequest, 'headers' | 'raw'>): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !isIdempotencyKey(key)) {
    throw invalid([fieldError('must be 1 to 256 characters long', 'header', 'idempotency-key')]);
  }
  // Node.js joins the values of a repeated header.
  if (key.includes(', ') && raw.headersDistinct['idempotency-key']?.length !== 1) {
    throw invalid([fieldError('must be given once', 'header', 'idempotency-key')]);
  }
  return key;
}

export const ok = (body: unknown): Outcome => ({ status: 200, body });
export const noContent = (): Outcome => ({ status: 204, body: undefined });
export const created = (body: unknown): Outcome => ({ status: 201, body });
