import type {
  ExchangeResult,
  HttpClient,
} from '../../delivery/http-client/create-program-client.ts';
import { HEADER_NAME, HEADER_VALUE } from '../../domain/header-field.ts';
import { basicAuthorization } from '../../domain/url-credentials.ts';

/** A request of an attempt that the listener fetched. */
export interface TakenRequest {
  readonly id: string;
  /** Absent from servers of earlier versions: POST. */
  readonly method?: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  readonly deadlineMs: number;
}

export interface Forwarded {
  /** Null: no response came. */
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Why no response came, or why its body did not arrive whole; else empty. */
  readonly detail: string;
  readonly tookMs: number;
}

/** Sends a request to a program on this machine, as the server would. Never rejects, also when the client is stopped. */
export function forward(
  { method = 'POST', headers, body, deadlineMs }: TakenRequest,
  url: URL,
  client: Pick<HttpClient, 'post'>,
): Promise<Forwarded> {
  const startedMs = performance.now();
  const bytes = Buffer.from(body);
  const request = {
    origin: url.origin,
    head: headOf(METHODS.has(method) ? method : 'POST', url, headers, bytes.length),
    body: bytes,
    // Early enough that the response reaches the server before the deadline of the attempt.
    deadlineMs: Math.max(deadlineMs - MARGIN_MS, MARGIN_MS),
  };
  return new Promise((resolve) => {
    client.post(request, (result) => {
      const { statusCode, retryAfter, location, deliveryControl, response } = result;
      const heeded = { 'retry-after': retryAfter, location, 'webhook-delivery': deliveryControl };
      resolve({
        status: statusCode,
        headers: Object.fromEntries(
          Object.entries(heeded).flatMap(([name, value]) =>
            value === null ? [] : [[name, value.slice(0, HEADER_CHARS)]],
          ),
        ),
        body: response,
        detail: (statusCode === null ? reasonOf(result) : result.detail).slice(0, DETAIL_CHARS),
        tookMs: Math.round(performance.now() - startedMs),
      });
    });
  });
}

function headOf(
  method: string,
  url: URL,
  headers: TakenRequest['headers'],
  length: number,
): string {
  const own = [
    ['Host', url.host],
    ['Connection', 'keep-alive'],
    ['Content-Length', String(length)],
  ] as const;
  // Checked although the server does so, too: a line break would begin another request to the program.
  const given = headers.filter(
    ([name, value]) =>
      !OF_CONNECTION.has(name.toLowerCase()) && HEADER_NAME.test(name) && HEADER_VALUE.test(value),
  );
  const ofUrl = basicAuthorization(url);
  const isGiven = given.some(([name]) => name.toLowerCase() === 'authorization');
  const authorization = ofUrl === null || isGiven ? [] : [['Authorization', ofUrl] as const];
  const lines = [...own, ...given, ...authorization].map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `${method} ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

function reasonOf({ failure, detail }: ExchangeResult): string {
  return failure === 'timeout'
    ? `the program did not answer in time: ${detail}`
    : `the program cannot be reached: ${detail}`;
}

/** Those that a transformation can choose. */
const METHODS = new Set(['POST', 'PUT', 'PATCH']);
/** Headers that the connection to the program sets itself. */
const OF_CONNECTION = new Set(['host', 'connection', 'content-length', 'transfer-encoding']);
const MARGIN_MS = 500;
const HEADER_CHARS = 4_096;
const DETAIL_CHARS = 1_024;
