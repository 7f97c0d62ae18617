import { reasonOf } from '../../domain/reason-of.ts';

/** A request of an attempt that the listener fetched. */
export interface TakenRequest {
  readonly id: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  readonly deadlineMs: number;
}

export interface Forwarded {
  /** Null: no response came. */
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Why no response came; empty when one did. */
  readonly detail: string;
  readonly tookMs: number;
}

/** Sends a request to a program on this machine, as the server would. Never rejects, also when it is stopped. */
export async function forward(
  request: TakenRequest,
  url: string,
  stopped: AbortSignal,
): Promise<Forwarded> {
  // Early enough that the response reaches the server before the deadline of the attempt.
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

/** Headers that the connection to the program sets itself. */
const OF_CONNECTION = new Set(['host', 'connection', 'content-length', 'transfer-encoding']);
/** Response headers that have an effect on a delivery. */
const HEEDED = ['retry-after', 'location', 'webhook-delivery'];
const MARGIN_MS = 500;
const HEADER_CHARS = 4_096;
const BODY_BYTES = 8 * 1024;

/** The first bytes of the body; an endless body is cut. */
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
    // The status decides, so an incomplete body is no error: show what has arrived.
  }
  return Buffer.concat(parts).subarray(0, BODY_BYTES).toString('utf8');
}

function detailOf(error: unknown): string {
  if ((error as Error).name === 'TimeoutError') return 'the program did not answer in time';
  return `the program cannot be reached: ${reasonOf(error)}`;
}
