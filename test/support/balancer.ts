import { Agent, request } from 'undici';
import { systemClock } from '../../src/domain/clock.ts';
import { createTokens } from '../../src/operations/operations.ts';
import type { ServerProcess } from './server-process.ts';

/** What stands between publishers and the processes of a fleet. */
export interface Balancer {
  post(path: string, body: object, key?: string): Promise<Answer>;
  put(path: string, body: object): Promise<Answer>;
  /** The number of processes that own shards. */
  owners(): Promise<number>;
  add(server: Upstream): void;
  remove(server: Upstream): void;
  retries: Retries;
  /** How often a process answered so, by its status; 0: not at all, although it took the connection. */
  readonly refusals: ReadonlyMap<number, number>;
  /** What publishers were told while retries were `safe`; the first hundred. */
  readonly errors: readonly string[];
  /** Answers of 503 without `Retry-After`. */
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
 * `any`: sends a request again, to the next process, whatever came of it, for 30 s. `safe`: only where no
 * request can take effect twice, as balancers do: the connection was refused, or it ended without an answer
 * and the request has an idempotency key. Everything else is the publisher's error. Connections end so although
 * a process that stops keeps idle ones open for a while: a balancer that was not scheduled meanwhile may send a
 * request before it learns of the end.
 */
export type Retries = 'any' | 'safe';

/** Sends each request to the next process that is not removed, and again when it gets no answer. */
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

/** The hot path of a server gives up before. */
const ANSWER_WITHIN_MS = 12_000;
const PATIENCE_MS = 30_000;
const AGAIN_MS = 20;
