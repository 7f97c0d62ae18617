import {
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { SentRequest } from '../domain/attempt-exchange.ts';
import type { Clock } from '../domain/clock.ts';
import type {
  AttemptOfRequest,
  ExchangeResult,
  HttpClient,
  HttpRequest,
} from '../delivery/http-client/http-client.ts';
import { readTrace, traceparentOf } from './trace-text.ts';

/**
 * Makes a span for each attempt, in the trace in which its message was accepted, and sends its `traceparent` to the
 * endpoint. Only the first attempt also has a span of the wait, because the hand-off of a later one does not contain
 * the due time. Requests that belong to no attempt pass unchanged.
 */
export function createTracingClient(options: {
  readonly httpClient: HttpClient;
  readonly tracer: Tracer;
  readonly clock: Clock;
}): HttpClient {
  const { httpClient, tracer, clock } = options;

  function post(request: HttpRequest, onResult: (result: ExchangeResult) => void): void {
    const { attempt, unfinished = null } = request;
    if (!attempt) return httpClient.post(request, onResult);
    const span = startSpan(request, attempt);
    const line = `traceparent: ${traceparentOf(span.spanContext())}`;
    const traced: HttpRequest = {
      ...request,
      head: withLine(request.head, line),
      unfinished: unfinished && {
        ...unfinished,
        finish(webhook) {
          const finished = unfinished.finish(webhook);
          const head = withLine(finished.head, line);
          return { ...finished, head, sent: withSentLine(finished.sent, line) };
        },
      },
    };
    httpClient.post(traced, (result) => {
      endSpan(span, result);
      const { sent } = attempt;
      if (result.sent || sent === null) return onResult(result);
      onResult({ ...result, sent: withSentLine(sent, line) });
    });
  }

  function startSpan(request: HttpRequest, attempt: AttemptOfRequest): Span {
    const { handoff, startedAt } = attempt;
    const origin = handoff.trace === undefined ? null : readTrace(handoff.trace);
    const parent =
      origin === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, origin.accepted);
    const attributes = {
      'messaging.system': 'posthaste',
      'messaging.message.id': handoff.messageId,
      'posthaste.application.id': handoff.applicationId,
      'posthaste.endpoint.id': handoff.endpointId,
    };
    // As a `Date`: the SDK treats a small number as a time since the start of the process.
    const start = new Date(startedAt);
    if (origin !== null && handoff.attemptCount === 0) {
      const startTime = new Date(Math.min(origin.acceptedAt, startedAt));
      tracer.startSpan('posthaste wait', { startTime, attributes }, parent).end(start);
    }
    const { head } = request;
    const { protocol, hostname, port } = new URL(request.origin);
    return tracer.startSpan(
      'posthaste attempt',
      {
        kind: SpanKind.CLIENT,
        startTime: start,
        attributes: {
          ...attributes,
          'posthaste.attempt.number': handoff.attemptCount + 1,
          'http.request.method': head.slice(0, head.indexOf(' ')),
          // Without the path, which may contain customers' secrets.
          'server.address': hostname.replaceAll(/[[\]]/g, ''),
          'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
        },
      },
      parent,
    );
  }

  function endSpan(span: Span, { statusCode, failure, localShortage }: ExchangeResult) {
    if (statusCode !== null) span.setAttribute('http.response.status_code', statusCode);
    const type = localShortage ? 'local_shortage' : (failure ?? String(statusCode));
    if (failure !== null || localShortage || statusCode === null || statusCode >= 300) {
      span.setAttribute('error.type', type);
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end(new Date(clock.now()));
  }

  return { ...httpClient, post };
}

/** Adds the header, unless the endpoint has a configured header of the same name. */
function withLine(head: string, line: string): string {
  return OWN.test(head) ? head : `${head.slice(0, -2)}${line}\r\n\r\n`;
}

/** `lines` is a JSON text. */
function withSentLine(sent: SentRequest, line: string): SentRequest {
  const { lines } = sent;
  if (OWN_SENT.test(lines)) return sent;
  return { ...sent, lines: `${lines.slice(0, -1)}${lines === '""' ? '' : '\\n'}${line}"` };
}

const OWN = /\r\ntraceparent:/i;
const OWN_SENT = /(?:^"|\\n)traceparent:/i;
