import type { Config } from '../config/config.ts';
import { systemClock } from '../domain/clock.ts';
import { reasonOf } from '../domain/reason-of.ts';
import { DEFAULT_ORGANIZATION, createTokens } from '../operations/operations.ts';
import { UserError } from './user-error.ts';

const ANSWER_WITHIN_MS = 15_000;

export interface ServerRequest {
  /** What asks, for an error. */
  readonly command: string;
  /** Of one process's HTTP API; default: the one of the settings. */
  readonly url: string | undefined;
  readonly organization?: string | undefined;
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

/** Asks a running process with a token that is made for it. Throws a `UserError`. */
export async function askServer(config: Config, request: ServerRequest): Promise<unknown> {
  const { jwtSecret } = config;
  if (jwtSecret === null) {
    throw new UserError(`${request.command} needs the JWT secret of the server`);
  }
  const { organization = DEFAULT_ORGANIZATION, method = 'GET', body } = request;
  const { withinMs = ANSWER_WITHIN_MS } = request;
  const url = request.url ?? `http://${hostOf(config)}:${config.port}`;
  const token = await createTokens({ secret: jwtSecret, clock: systemClock }).issue({
    organizationId: organization,
    expiresInSeconds: 60,
  });
  const answer = await fetch(`${url}/api/v1${request.path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    signal: AbortSignal.timeout(withinMs),
  }).catch((error: unknown) => {
    throw new UserError(`no answer from ${url}: ${reasonOf(error)}`);
  });
  const text = await answer.text();
  if (!answer.ok) throw new RefusedError(`${url} answered ${answer.status}: ${text}`, text);
  return text === '' ? null : (JSON.parse(text) as unknown);
}

function hostOf({ host }: Config): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
