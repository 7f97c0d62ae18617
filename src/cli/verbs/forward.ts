import { reasonOf } from '../../domain/reason-of.ts';

/** A request of an attempt, as the listener got it. */
export interface TakenRequest {
  readonly id: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  readonly deadlineMs: number;
}

export interface Forwarded {
  /** Null: no answer came. */
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Why none came; empty where one did. */
  readonly detail: string;
  readonly tookMs: number;
}

/** Sends a request to a program on this machine, as the server would, unless it is stopped. Never rejects. */
export async function forward(
  request: TakenRequest,
  url: string,
  stopped: AbortSignal,
): Promise<Forwarded> {
  // The answer must be back before the deadline of the attempt.
  const deadline = AbortSignal.timeout(Math.max(request.deadlineMs - MARGIN_MS, MARGIN_MS));
  const startedMs = performance.now();
  const took = () => ({ tookMs: Math.round(performance.now() - startedMs) });
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: request.headers
        .filter(([name]) => !OF_CONNECTION.has(name.toLowerCase()))
        .map(([name, value]): [string, string] => [name, value]),
      body: request.body,
      redirect: 'manual',
      signal: AbortSignal.any([deadline, stopped]),
    });
    const headers = Object.fromEntries(
      HEEDED.flatMap((name) => {
        const value = response.headers.get(name);
        return value === null ? [] : [[name, value.slice(0, HEADER_CHARS)]];
      }),
    );
    return {
      status: response.status,
      headers,
      body: await firstOf(response),
      detail: '',
      ...took(),
    };
  } catch (error) {
    return { status: null, headers: {}, body: '', detail: detailOf(error), ...took() };
  }
}

/** Said anew by the connection to the program. */
const OF_CONNECTION = new Set(['host', 'connection', 'content-length', 'transfer-encoding']);
/** What a delivery heeds of a response. */
const HEEDED = ['retry-after', 'location', 'webhook-delivery'];
const MARGIN_MS = 500;
const HEADER_CHARS = 4_096;
const BODY_BYTES = 8 * 1024;

/** The first bytes of the body. A response that goes on without end is cut. */
async function firstOf({ body }: Response): Promise<string> {
  if (body === null) return '';
  const parts: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const part of body) {
      parts.push(part);
      bytes += part.length;
      if (bytes >= BODY_BYTES) break;
    }
  } catch {
    // The head decides; what of the body has arrived is shown.
  }
  return Buffer.concat(parts).subarray(0, BODY_BYTES).toString('utf8');
}

function detailOf(error: unknown): string {
  if ((error as Error).name === 'TimeoutError') return 'the program did not answer in time';
  return `the program cannot be reached: ${reasonOf(error)}`;
}
