import { Agent, request } from 'undici';
import { systemClock } from '../../src/domain/clock.ts';
import { createTokens } from '../../src/operations/operations.ts';
import type { ServerProcess } from './server-process.ts';

/** Stands between publishers and the processes of a fleet. */
export interface Balancer {
  post(path: string, body: object, key?: string): Promise<Answer>;
  put(path: string, body: object): Promise<Answer>;
  /** The number of processes that own shards. */
  owners(): Promise<number>;
  add(server: Upstream): void;
  remove(server: Upstream): void;
  retries: Retries;
  /** The number of refusals by HTTP status; 0: the process took the connection and did not answer. */
  readonly refusals: ReadonlyMap<number, number>;
  /** The first hundred errors that publishers got while retries were `safe`. */
  readonly errors: readonly string[];
  /** The number of 503 answers without `Retry-After`. */
  readonly withoutRetryAfter: number;
  close(): Promise<void>;
}

/** A process, or another balancer. */
type Upstream = Pick<ServerProcess, 'url'>;

type Answer = Record<string, string>;

interface Status {
  readonly processes: readonly { readonly ownedShards: number }[];
}

/**
 * When a failed request is sent again, to the next process, for 30 s. `any`: always. `safe`: only when it cannot
 * take effect twice, as real balancers do; that is when the connection was refused, or when it ended without an
 * answer and the request has an idempotency key. The publisher gets every other error. A connection can end without
 * an answer although a stopping process keeps idle connections open for a while: a balancer that was not scheduled in
 * that time may send a request before it reads the end of the connection.
 */
export type Retries = 'any' | 'safe';

/** Sends each request to the next process in turn. */
export async function startBalancer(
  servers: readonly Upstream[],
  jwtSecret: string,
): Promise<Balancer> {
  const live = [...servers];
  const dispatcher = new Agent({ connections: 8 });
  const tokens = createTokens({ secret: jwtSecret, clock: systemClock });
  const token = await tokens.issue({ organizationId: 'org_fleet' });
  const refusals = new Map<number, number>();
  const errors: string[] = [];
  let withoutRetryAfter = 0;
  let turn = 0;

  async function send(method: Method, path: string, body?: object, key?: string): Promise<Answer> {
    const untilMs = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await sendOnce(method, path, body, key);
      } catch (error) {
        if (balancer.retries === 'safe' && !isSafe(error, key)) {
          if (errors.length < 100) errors.push(String(error));
          throw error;
        }
        if (performance.now() > untilMs) throw error;
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }

  async function sendOnce(method: Method, path: string, body?: object, key?: string) {
    const server = live[turn++ % live.length];
    const answer = await request(`${server?.url}/api/v1${path}`, {
      method,
      dispatcher,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(key !== undefined && { 'idempotency-key': key }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      headersTimeout: ANSWER_WITHIN_MS,
    }).catch((error: unknown) => {
      if (!isConnectionRefused(error)) count(0);
      throw error;
    });
    const text = await answer.body.text();
    if (answer.statusCode < 300) return JSON.parse(text) as Answer;
    count(answer.statusCode);
    if (answer.statusCode === 503 && answer.headers['retry-after'] === undefined) {
      withoutRetryAfter++;
    }
    throw new Error(`${path}: ${answer.statusCode} ${text}`);
  }

  function count(status: number): void {
    refusals.set(status, (refusals.get(status) ?? 0) + 1);
  }

  const balancer: Balancer = {
    retries: 'any',
    post: (path, body, key) => send('POST', path, body, key),
    put: (path, body) => send('PUT', path, body),
    async owners() {
      const { processes } = (await send('GET', '/status')) as unknown as Status;
      return processes.filter(({ ownedShards }) => ownedShards > 0).length;
    },
    add: (server) => void live.push(server),
    remove: (server) => void live.splice(live.indexOf(server), 1),
    refusals,
    errors,
    get withoutRetryAfter() {
      return withoutRetryAfter;
    },
    close: () => dispatcher.close(),
  };
  return balancer;
}

type Method = 'GET' | 'POST' | 'PUT';

function isSafe(error: unknown, key: string | undefined): boolean {
  return isConnectionRefused(error) || (key !== undefined && isConnectionEnded(error));
}

function isConnectionEnded(error: unknown): boolean {
  return ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(codeOf(error));
}

function isConnectionRefused(error: unknown): boolean {
  return codeOf(error) === 'ECONNREFUSED';
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? '';
}

/** Longer than a server tries to answer a publish. */
const ANSWER_WITHIN_MS = 12_000;
const PATIENCE_MS = 30_000;
const AGAIN_MS = 20;
