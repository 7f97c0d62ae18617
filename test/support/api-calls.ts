import { systemClock } from '../../src/domain/clock.ts';
import { createTokens } from '../../src/operations/operations.ts';

export interface ApiAnswer<Body> {
  readonly status: number;
  /** Null when the answer has none. */
  readonly body: Body;
}

interface Access {
  readonly url: string;
  readonly token: string;
}

/** `Body`: what the answers of these calls contain. */
export interface ApiCalls<Body> {
  /** Resolves with any answer. `more.token` replaces the usual one. */
  readonly call: (
    method: string,
    path: string,
    body?: unknown,
    more?: { readonly token?: string; readonly headers?: object },
  ) => Promise<ApiAnswer<Body>>;
  /** Resolves with the body of the answer, and rejects unless that is a success. */
  readonly post: (path: string, body: unknown) => Promise<Body>;
}

/** Calls of a server's API with JSON. `access` is asked at each call. */
export function apiCalls<Body = unknown>(access: () => Access): ApiCalls<Body> {
  async function call(
    method: string,
    path: string,
    body?: unknown,
    more: { readonly token?: string; readonly headers?: object } = {},
  ): Promise<ApiAnswer<Body>> {
    const { url, token } = access();
    const answer = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${more.token ?? token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...more.headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: (text === '' ? null : JSON.parse(text)) as Body };
  }

  return {
    call,
    async post(path, body) {
      const answer = await call('POST', path, body);
      if (answer.status < 300) return answer.body;
      throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    },
  };
}

/** Calls of a server that has this secret, with a token of the organization. `server` is asked at each call. */
export async function apiCallsOf<Body = { readonly id: string }>(
  server: () => Pick<Access, 'url'>,
  secret: string,
  organizationId = 'org_test',
): Promise<ApiCalls<Body>> {
  const token = await createTokens({ secret, clock: systemClock }).issue({ organizationId });
  return apiCalls(() => ({ url: server().url, token }));
}
