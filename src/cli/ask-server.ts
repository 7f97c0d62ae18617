import type { Config } from '../config/config.ts';
import type { Connection } from '../config/connection.ts';
import { systemClock } from '../domain/clock.ts';
import { reasonOf } from '../domain/reason-of.ts';
import { DEFAULT_ORGANIZATION, createTokens } from '../operations/operations.ts';
import { UserError } from './user-error.ts';

const ANSWER_WITHIN_MS = 15_000;
const TOKEN_SECONDS = 300;

/** Whom an operator's command asks, and as who. */
export type Access = Pick<Connection, 'server' | 'token'>;

export type ConfigWithSecret = Config & { readonly jwtSecret: string };

export interface OfOrganization {
  /** Of one process's HTTP API; default: the one of the settings. */
  readonly url?: string | undefined;
  readonly organization?: string | undefined;
}

export interface ServerRequest {
  readonly method?: string;
  /** Below `/api/v1`. */
  readonly path: string;
  readonly body?: object | string;
  /** Default: 15 s. */
  readonly withinMs?: number;
}

/** The server has answered with an error. */
export class RefusedError extends UserError {
  /** The body of the answer. */
  readonly answer: string;

  constructor(message: string, answer: string) {
    super(message);
    this.answer = answer;
  }
}

/** As the organization, with a token that is made of the JWT secret of the server. */
export async function accessBySecret(
  config: ConfigWithSecret,
  { url, organization = DEFAULT_ORGANIZATION }: OfOrganization,
): Promise<Access> {
  const token = await createTokens({ secret: config.jwtSecret, clock: systemClock }).issue({
    organizationId: organization,
    expiresInSeconds: TOKEN_SECONDS,
  });
  return { server: url ?? `http://${hostOf(config)}:${config.port}`, token };
}

/** Asks a running process. Throws a `UserError`. */
export async function askServer(
  { server, token }: Access,
  { path, method = 'GET', body, withinMs = ANSWER_WITHIN_MS }: ServerRequest,
): Promise<unknown> {
  const answer = await fetch(`${server}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    signal: AbortSignal.timeout(withinMs),
  }).catch((error: unknown) => {
    throw new UserError(`no answer from ${server}: ${reasonOf(error)}`);
  });
  const text = await answer.text();
  if (!answer.ok) throw new RefusedError(`${server} answered ${answer.status}: ${text}`, text);
  return text === '' ? null : (JSON.parse(text) as unknown);
}

function hostOf({ host }: Config): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
