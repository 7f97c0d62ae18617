import { type Connection, tokenOf } from '../../config/connection.ts';
import { readAll } from '../read-all.ts';
import { UserError, errorOf } from '../user-error.ts';
import type { ApiRequest } from './build-request.ts';
import { unanswered } from './unanswered.ts';

export interface ApiAnswer {
  readonly status: number;
  /** JSON; empty: no body. */
  readonly text: string;
  /** The `Retry-After` of the answer; null: none. */
  readonly retryAfterMs: number | null;
}

/** Sends requests to the HTTP API of a server. */
export interface ApiClient {
  readonly server: string;
  /**
   * Returns errors of the API like any other answer. Throws a `PassingError` when no answer came, and a
   * `UserError` for an answer that does not come from the API.
   */
  request(request: ApiRequest, signal?: AbortSignal): Promise<ApiAnswer>;
}

const ANSWER_WITHIN_MS = 60_000;
const MOST_ANSWER_BYTES = 256 * 1024 * 1024;
const LONGEST_RETRY_AFTER_MS = 60_000;

/** Throws `configuration` for a malformed token. */
export function createApiClient(
  { server, token: given, source }: Connection,
  { mostBytes = MOST_ANSWER_BYTES }: { readonly mostBytes?: number } = {},
): ApiClient {
  const token = tokenOf(given);
  return {
    server,
    async request(request, signal) {
      const { method, path, body, idempotencyKey, withinMs = ANSWER_WITHIN_MS } = request;
      const deadline = AbortSignal.timeout(withinMs);
      try {
        const response = await fetch(`${server}${path}`, {
          method,
          headers: {
            authorization: `Bearer ${token}`,
            ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
            ...(body !== undefined && { 'content-type': 'application/json' }),
          },
          ...(body !== undefined && { body }),
          redirect: 'manual',
          signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
        });
        return await answerOf(response, server, mostBytes);
      } catch (error) {
        signal?.throwIfAborted();
        throw error instanceof UserError ? error : unanswered(error, { server, source, withinMs });
      }
    },
  };
}

async function answerOf(response: Response, server: string, most: number): Promise<ApiAnswer> {
  const { status, headers } = response;
  const location = headers.get('location');
  if (status >= 300 && status < 400 && location !== null) {
    throw new UserError(
      `${server} redirects to ${location}: give the address of the server itself with --server or posthaste login`,
    );
  }
  const text = await textOf(response, server, most);
  const retryAfterMs = retryAfterOf(headers.get('retry-after'));
  const type = headers.get('content-type') ?? 'a body without a type';
  if (text !== '' && !type.includes('json')) {
    const message = `${server} answered ${status} with ${type}, which is not the API of Posthaste: is the address right, or does a proxy answer?`;
    // A proxy sends such answers while the server behind it is unavailable.
    throw errorOf(status, message, retryAfterMs);
  }
  return { status, text, retryAfterMs };
}

async function textOf({ body }: Response, server: string, most: number): Promise<string> {
  const bytes = body === null ? Buffer.alloc(0) : await readAll(body, most);
  if (bytes !== null) return bytes.toString('utf8');
  throw new UserError(
    `the answer of ${server} is larger than ${Math.floor(most / 1024 ** 2)} MB: request less, in a list with --limit`,
  );
}

function retryAfterOf(text: string | null): number | null {
  if (text === null || !/^\d{1,9}$/.test(text)) return null;
  return Math.min(Number(text) * 1_000, LONGEST_RETRY_AFTER_MS);
}
