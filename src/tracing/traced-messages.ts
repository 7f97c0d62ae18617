import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  context,
  trace,
} from '@opentelemetry/api';
import type { Clock } from '../domain/clock.ts';
import { PosthasteError } from '../domain/errors.ts';
import type { MessageOperations } from '../operations/operations.ts';
import { readTraceparent, writeTrace } from './trace-text.ts';

/**
 * Makes a span for each publish, from the call to the commit, and gives its trace to the messages. The parent is
 * the span that is active in the caller, else the `traceparent` of the publish.
 */
export function traceMessages<Messages extends Pick<MessageOperations, 'create' | 'createBatch'>>(
  messages: Messages,
  tracer: Tracer,
  clock: Clock,
): Messages {
  return {
    ...messages,

    create(principal, app, input, options = {}) {
      return accepting(options.traceparent, async (span, its) => {
        const message = await messages.create(principal, app, input, { ...options, trace: its });
        span.setAttributes({
          'messaging.message.id': message.id,
          'posthaste.application.id': message.applicationId,
          'posthaste.event_type': message.eventType,
        });
        return message;
      });
    },

    createBatch(principal, app, body, options = {}) {
      return accepting(options.traceparent, async (span, its) => {
        const results = await messages.createBatch(principal, app, body, {
          ...options,
          trace: its,
        });
        span.setAttribute('messaging.batch.message_count', results.length);
        return results;
      });
    },
  };

  async function accepting<T>(
    traceparent: string | undefined,
    run: (span: Span, its: string) => Promise<T>,
  ): Promise<T> {
    const acceptedAt = clock.now();
    const span = startAccepting(tracer, acceptedAt, activeOr(traceparent));
    try {
      return await run(span, writeTrace({ accepted: span.spanContext(), acceptedAt }));
    } catch (error) {
      // Without the error's message, which may quote the payload.
      span.setAttribute('error.type', error instanceof PosthasteError ? error.code : 'internal');
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end(new Date(clock.now()));
    }
  }
}

/** Starts the span of an acceptance; the caller must end it. */
export function startAccepting(tracer: Tracer, acceptedAt: number, parent: Context): Span {
  const options = {
    kind: SpanKind.PRODUCER,
    startTime: new Date(acceptedAt),
    attributes: { 'messaging.system': 'posthaste', 'messaging.operation.name': 'accept' },
  };
  return tracer.startSpan('posthaste accept', options, parent);
}

function activeOr(traceparent: string | undefined): Context {
  const active = context.active();
  return trace.getSpan(active) === undefined ? (contextOf(traceparent) ?? active) : active;
}

/** The parent context; null for a missing or malformed `traceparent`. */
export function contextOf(traceparent: string | null | undefined): Context | null {
  const read = traceparent ? readTraceparent(traceparent) : null;
  return read && trace.setSpanContext(ROOT_CONTEXT, read);
}
