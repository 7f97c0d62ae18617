import { type SpanContext, isSpanContextValid } from '@opentelemetry/api';

/** The trace in which a message was accepted, as stored with the message. */
export interface MessageTrace {
  readonly accepted: SpanContext;
  /** The acceptance by the wall clock: the beginning of the wait. */
  readonly acceptedAt: number;
}

/** The text that storage and broker carry with the message; only `tracing/` reads it. */
export function writeTrace({ accepted, acceptedAt }: MessageTrace): string {
  return `${traceparentOf(accepted)} ${acceptedAt}`;
}

/** Null for a text of another version, or a changed one. */
export function readTrace(text: string): MessageTrace | null {
  const [traceparent = '', acceptedAt] = text.split(' ');
  const accepted = readTraceparent(traceparent);
  const at = Number(acceptedAt);
  return accepted !== null && Number.isSafeInteger(at) ? { accepted, acceptedAt: at } : null;
}

/** W3C Trace Context, section 3.2. */
export function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

/** Null for values that the recommendation says to ignore. Of a newer version, the known fields are read. */
export function readTraceparent(text: string): SpanContext | null {
  const [, version, traceId = '', spanId = '', flags = '', more] = TRACEPARENT.exec(text) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && more)) return null;
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
  return isSpanContextValid(context) ? context : null;
}

const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;
