import type { ApiClient } from './api-client.ts';
import { parseExact } from './exact-json.ts';
import { expectSuccess } from './run-operation.ts';

/** Asks for something and answers it as JSON, null where the answer has no body. Throws a `UserError`. */
export async function call<T>(
  client: ApiClient,
  method: 'GET' | 'POST' | 'DELETE' | 'PUT',
  path: string,
  body?: object | string,
  signal?: AbortSignal,
): Promise<T> {
  const answer = await client.request(
    {
      method,
      path: `/api/v1${path}`,
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    },
    signal,
  );
  const { text } = expectSuccess(answer);
  return (text === '' ? null : parseExact(text)) as T;
}

/** The path of an application, endpoint or other, whose names may hold anything. */
export function pathOf(strings: TemplateStringsArray, ...names: readonly string[]): string {
  return String.raw({ raw: strings }, ...names.map(encodeURIComponent));
}
