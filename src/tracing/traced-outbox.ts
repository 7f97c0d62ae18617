import {
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  type Tracer,
  context,
  trace,
} from '@opentelemetry/api';
import type { Clock } from '../domain/clock.ts';
import type { OutboxOperations } from '../operations/operations.ts';
import { contextOf, startAccepting } from './traced-messages.ts';
import { traceparentOf, writeTrace } from './trace-text.ts';

/**
 * Gives messages that are sent in a transaction the trace of their sender, and makes a span for each message that
 * the relay accepts or refuses. A batch whose commit failed leaves no spans, because its rows are tried again.
 */
export function traceOutbox(
  outbox: OutboxOperations,
  tracer: Tracer,
  clock: Clock,
): OutboxOperations {
  return {
    send(principal, app, input, send, options = {}) {
      const active = trace.getSpanContext(context.active());
      const traceparent = active === undefined ? options.traceparent : traceparentOf(active);
      return outbox.send(principal, app, input, send, { traceparent });
    },

    async relay(rows) {
      const spans = new Map<string, Span>();
      const relayed = await outbox.relay(rows, ({ messageId, traceparent }) => {
        const acceptedAt = clock.now();
        // Not the active span: the span that started the relay would stay active for ever.
        const parent = contextOf(traceparent) ?? ROOT_CONTEXT;
        const span = startAccepting(tracer, acceptedAt, parent);
        span.setAttribute('messaging.message.id', messageId);
        spans.set(messageId, span);
        return writeTrace({ accepted: span.spanContext(), acceptedAt });
      });
      for (const { row, refusal } of relayed?.refused ?? []) {
        const span = spans.get(row.messageId);
        span?.setAttribute('error.type', refusal.code);
        span?.setStatus({ code: SpanStatusCode.ERROR });
      }
      const end = new Date(clock.now());
      for (const span of spans.values()) span.end(end);
      return relayed;
    },
  };
}
