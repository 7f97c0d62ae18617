import type { IncomingMessage } from 'node:http';
import type { Clock } from '../domain/clock.ts';
import { GatheredBody } from './gathered-body.ts';

/** The result of reading a request's body. */
export type BodyReading =
  | { readonly kind: 'whole'; readonly body: Buffer }
  /** A body parser has read the body before; `left` is the value that it left. */
  | { readonly kind: 'taken'; readonly left: unknown }
  | { readonly kind: 'too_large' }
  | { readonly kind: 'too_slow' }
  /** The client disconnected, or broke the protocol, before the body was complete. */
  | { readonly kind: 'cut' };

export interface BodyBounds {
  readonly maxBodyBytes: number;
  /** Time limit for the whole body. */
  readonly bodyTimeoutMs: number;
}

/** Reads the body of a Node request, within bounds. Never rejects, and handles later errors of the request. */
export function readNodeBody(
  request: IncomingMessage,
  { maxBodyBytes, bodyTimeoutMs }: BodyBounds,
  clock: Clock,
): Promise<BodyReading> {
  // Without a listener, a connection that breaks later would end the process.
  request.on('error', () => {});
  // A body parser that ran before may end the stream of an empty body without reading anything.
  if (request.readableEnded && !request.readableDidRead) {
    return Promise.resolve({ kind: 'whole', body: Buffer.alloc(0) });
  }
  if (request.readableDidRead) return Promise.resolve({ kind: 'taken', left: leftBy(request) });
  if (request.destroyed) return Promise.resolve({ kind: 'cut' });
  if (Number(request.headers['content-length']) > maxBodyBytes) {
    return Promise.resolve({ kind: 'too_large' });
  }
  return new Promise((resolve) => {
    const gathered = new GatheredBody(maxBodyBytes);
    const onData = (chunk: Buffer | string): void => {
      const isWithin = gathered.add(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
      if (!isWithin) end({ kind: 'too_large' });
    };
    const onEnd = (): void => end({ kind: 'whole', body: gathered.whole() });
    const onCut = (): void => end({ kind: 'cut' });
    const cancel = clock.after(bodyTimeoutMs, () => end({ kind: 'too_slow' }));
    function end(reading: BodyReading): void {
      cancel();
      request.off('data', onData).off('end', onEnd).off('error', onCut).off('close', onCut);
      resolve(reading);
    }
    request.on('data', onData).on('end', onEnd).on('error', onCut).on('close', onCut);
  });
}

/** Reads the body of a Fetch API request, within bounds. Never rejects. */
export async function readFetchBody(
  request: Request,
  { maxBodyBytes, bodyTimeoutMs }: BodyBounds,
  clock: Clock,
): Promise<BodyReading> {
  if (request.bodyUsed || request.body?.locked) return { kind: 'taken', left: undefined };
  if (Number(request.headers.get('content-length')) > maxBodyBytes) return { kind: 'too_large' };
  if (request.body === null) return { kind: 'whole', body: Buffer.alloc(0) };

  const reader = request.body.getReader();
  let cancelTimer = (): void => {};
  const tooSlow = new Promise<BodyReading>((resolve) => {
    cancelTimer = clock.after(bodyTimeoutMs, () => resolve({ kind: 'too_slow' }));
  });
  const reading = await Promise.race([readAll(reader, maxBodyBytes), tooSlow]);
  cancelTimer();
  // Not awaited, because a hanging source may never answer.
  if (reading.kind !== 'whole') reader.cancel().catch(() => {});
  return reading;
}

async function readAll(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  maxBodyBytes: number,
): Promise<BodyReading> {
  const gathered = new GatheredBody(maxBodyBytes);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return { kind: 'whole', body: gathered.whole() };
      if (!gathered.add(value)) return { kind: 'too_large' };
    }
  } catch {
    return { kind: 'cut' };
  }
}

/** The body that a parser left. NestJS and cloud functions keep the bytes as `rawBody` beside the parsed body. */
function leftBy(request: IncomingMessage & { rawBody?: unknown; body?: unknown }): unknown {
  return request.rawBody ?? request.body;
}
