import type { ApiClient } from './api-client.ts';
import { parseExact } from './exact-json.ts';
import type { RefusalWords } from './refusal.ts';
import { expectSuccess } from './run-operation.ts';

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly withinMs?: number;
  readonly words?: RefusalWords;
}

/** Sends a request and returns the parsed answer, or null for an answer without a body. Throws a `UserError`. */
export async function call<T>(
  client: ApiClient,
  method: 'GET' | 'POST' | 'DELETE' | 'PUT',
  path: string,
  body?: object | string,
  { signal, withinMs, words }: CallOptions = {},
): Promise<T> {
  const answer = await client.request(
    {
      method,
      path: `/api/v1${path}`,
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(withinMs !== undefined && { withinMs }),
    },
    signal,
  );
  const { text } = expectSuccess(answer, words);
  return (text === '' ? null : parseExact(text)) as T;
}
