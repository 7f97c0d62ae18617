import { ApiError, readError, toApiError } from './api-error.ts';

export type Query = Readonly<
  Record<string, string | number | boolean | readonly string[] | null | undefined>
>;

/** Requests to the API of a server. They reject with `ApiError` only. */
export interface Http {
  get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T>;
  post<T = void>(path: string, body?: unknown): Promise<T>;
  put<T = void>(path: string, body: unknown): Promise<T>;
  patch<T = void>(path: string, body: unknown): Promise<T>;
  delete(path: string, query?: Query): Promise<void>;
}

export interface HttpOptions {
  /** Where the API is, such as `https://webhooks.example.com`; default: the server that the page is from. */
  readonly serverUrl?: string;
  readonly token: () => string | null;
  /** Called for an answer 401 with its reason; a new token lets the request be made again. */
  readonly renew: (refusal: string) => Promise<string | null>;
  /** How long an answer may take until its last byte; default: a minute. */
  readonly deadlineMs?: number;
}

export function createHttp({
  serverUrl = '',
  token,
  renew,
  deadlineMs = 60_000,
}: HttpOptions): Http {
  const base = `${serverUrl.replace(/\/$/, '')}/api/v1`;

  async function send<T>(
    method: string,
    url: string,
    body?: unknown,
    left?: AbortSignal,
  ): Promise<T> {
    const deadline = AbortSignal.timeout(deadlineMs);
    try {
      const signal = left ? AbortSignal.any([left, deadline]) : deadline;
      return await exchange<T>(method, base + url, body, signal);
    } catch (error) {
      throw left?.aborted ? error : toApiError(error);
    }
  }

  async function exchange<T>(method: string, url: string, body: unknown, signal: AbortSignal) {
    const asked = token();
    const first = await attempt(method, url, body, asked, signal);
    if (first.status !== 401) return read<T>(first);
    const refusal = await readError(first);
    // The refusal is of an older token: the token that came meanwhile may be valid.
    const now = token();
    const next = now !== null && now !== asked ? now : await renew(refusal.message);
    if (next === null) throw refusal;
    return read<T>(await attempt(method, url, body, next, signal));
  }

  return {
    get: (path, query, signal) => send('GET', path + queryString(query), undefined, signal),
    post: (path, body) => send('POST', path, body),
    put: (path, body) => send('PUT', path, body),
    patch: (path, body) => send('PATCH', path, body),
    delete: (path, query) => send('DELETE', path + queryString(query)),
  };
}

/** A path of the API with every part encoded, because a part may be a uid with any characters. */
export function path(parts: TemplateStringsArray, ...names: readonly string[]): string {
  return parts.reduce((text, part, i) => text + part + encodeURIComponent(names[i] ?? ''), '');
}

function attempt(
  method: string,
  url: string,
  body: unknown,
  token: string | null,
  signal: AbortSignal,
): Promise<Response> {
  return fetch(url, {
    method,
    cache: 'no-store',
    headers: {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal,
  });
}

async function read<T>(response: Response): Promise<T> {
  if (!response.ok) throw await readError(response);
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  try {
    return (text === '' ? undefined : JSON.parse(text)) as T;
  } catch {
    throw new ApiError(response.status, 'unknown', 'The answer is not JSON', []);
  }
}

function queryString(query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === '') continue;
    const text = Array.isArray(value) ? value.join(',') : String(value);
    if (text !== '') search.set(name, text);
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}
