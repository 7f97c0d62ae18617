import type { Config } from '../config/config.ts';
import { systemClock } from '../domain/clock.ts';
import { DEFAULT_ORGANIZATION, createTokens } from '../operations/operations.ts';
import { UserError } from './user-error.ts';

export interface ServerRequest {
  readonly method: 'GET' | 'POST';
  /** Below `/api/v1`. */
  readonly path: string;
  readonly body?: string;
  readonly withinMs: number;
  /** Of one process's HTTP API; default: the one of these settings. */
  readonly url?: string | undefined;
  readonly organization?: string | undefined;
}

/** Asks a running process for an organization, with a token that is made for it. */
export async function askServer(config: Config, request: ServerRequest): Promise<Response> {
  const { method, path, body, withinMs, organization } = request;
  if (config.jwtSecret === null) throw new UserError('the JWT secret of the server is needed');
  const url = request.url ?? `http://${hostOf(config)}:${config.port}`;
  const tokens = createTokens({ secret: config.jwtSecret, clock: systemClock });
  const organizationId = organization ?? DEFAULT_ORGANIZATION;
  const token = await tokens.issue({ organizationId, expiresInSeconds: 60 });
  return fetch(`${url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body }),
    signal: AbortSignal.timeout(withinMs),
  }).catch((error: unknown) => {
    throw new UserError(`no answer from ${url}: ${reasonOf(error)}`);
  });
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  return cause instanceof Error ? cause.message || message : message;
}

function hostOf({ host }: Config): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
