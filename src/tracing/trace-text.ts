import { type SpanContext, isSpanContextValid } from '@opentelemetry/api';

/** What a message keeps of the trace in which it was accepted. */
export interface MessageTrace {
  readonly accepted: SpanContext;
  /** The wall clock: the wait begins here. */
  readonly acceptedAt: number;
}

/** The text that the storage and the broker carry beside the message; the others do not read it. */
export function writeTrace({ accepted, acceptedAt }: MessageTrace): string {
  return `${traceparentOf(accepted)} ${acceptedAt}`;
}

/** Null: another version has written it, or somebody has changed it. */
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

/** Null for what the recommendation tells to ignore. A newer version is read as far as it is known. */
export function readTraceparent(text: string): SpanContext | null {
  const [, version, traceId = '', spanId = '', flags = '', more] = TRACEPARENT.exec(text) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && more)) return null;
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
  return isSpanContextValid(context) ? context : null;
}

const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;
