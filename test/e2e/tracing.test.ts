import { ROOT_CONTEXT, SpanStatusCode, context, trace } from '@opentelemetry/api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { OWNER, type TestApp, attemptsOf, publish, register, startApp } from '../support/app.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { type Traces, startTraces } from '../support/traces.ts';
import { waitFor } from '../support/wait-for.ts';

/** The trace of a message goes from its publisher through the storage to the endpoint. */

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PUBLISHER = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE}-${PUBLISHER}-01`;
const STARTING = { traceId: PUBLISHER.repeat(2), spanId: PUBLISHER, traceFlags: 1 };
const SECRET = Buffer.alloc(32, 7).toString('base64');

let traces: Traces;
let receiver: Receiver;
let app: TestApp;

beforeEach(async () => {
  traces = startTraces();
  receiver = await startReceiver();
});
afterEach(async () => {
  await app.close();
  await receiver.close();
  traces.stop();
});

const sentTo = ({ received }: Receiver) => received.map(({ headers }) => headers['traceparent']);

test.each([true, false])(
  'over HTTP the trace of the request goes on, also at a retry (fastPublish: %s)',
  async (fastPublish) => {
    const settings = { fastPublish: String(fastPublish), retrySchedule: '0.01' };
    // The span that is active at the start must not become the parent of later requests.
    app = await context.with(trace.setSpanContext(ROOT_CONTEXT, STARTING), () =>
      startApp({ jwtSecret: SECRET, roles: 'api,worker', port: '0', ...settings }),
    );
    const ids = await register(app, { url: receiver.url });
    receiver.answer = (_request, response) =>
      void response.writeHead(receiver.received.length === 1 ? 500 : 204).end();
    const { address } = await app.start();
    const { organizationId } = OWNER;
    const token = await app.tokens?.issue({ organizationId, expiresInSeconds: 60 });
    const answer = await fetch(`${address}/api/v1/app/${ids.app}/msg`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        traceparent: TRACEPARENT,
      },
      body: '{"eventType":"test.event","payload":{}}',
    });
    expect(answer.status).toBe(202);
    const { id } = (await answer.json()) as { id: string };

    const all = await traces.spans(4);
    const [accept] = all.filter(({ name }) => name === 'posthaste accept');
    const others = all.filter((span) => span !== accept);
    expect(accept?.parentSpanContext).toMatchObject({ traceId: TRACE, spanId: PUBLISHER });
    expect(accept?.attributes).toMatchObject({ 'messaging.message.id': id });
    const parent = { traceId: TRACE, spanId: accept?.spanContext().spanId };
    for (const span of others) expect(span.parentSpanContext).toMatchObject(parent);
    expect(others.map(({ name }) => name)).toEqual([
      'posthaste wait',
      'posthaste attempt',
      'posthaste attempt',
    ]);
    const [, first, second] = others;
    expect([first?.status.code, second?.status.code]).toEqual([
      SpanStatusCode.ERROR,
      SpanStatusCode.UNSET,
    ]);
    expect(first?.attributes).toMatchObject({
      'http.response.status_code': 500,
      'posthaste.attempt.number': 1,
      'posthaste.endpoint.id': ids.endpoint,
      'server.address': '127.0.0.1',
      'server.port': receiver.port,
    });
    const sent = [first, second].map((span) => `00-${TRACE}-${span?.spanContext().spanId}-01`);
    expect(sentTo(receiver)).toEqual(sent);
    const attempts = await attemptsOf(app, ids.app, id, 2);
    expect(attempts.map(({ exchange }) => exchange?.requestHeaders['traceparent'])).toEqual(sent);
  },
);

test('in-process the active span is the parent, and a header set on the endpoint is kept', async () => {
  app = await startApp({ retrySchedule: '' });
  const ids = await register(app, { url: receiver.url, headers: { Traceparent: 'their own' } });
  const tracer = trace.getTracer('test');
  const publisher = tracer.startSpan('publisher', {}, ROOT_CONTEXT);
  await context.with(trace.setSpan(ROOT_CONTEXT, publisher), () => publish(app, ids.app, {}));
  const all = await traces.spans(3);
  const { traceId, spanId } = publisher.spanContext();
  for (const span of all) expect(span.spanContext().traceId).toBe(traceId);
  expect(all[0]?.parentSpanContext).toMatchObject({ spanId });
  expect(sentTo(receiver)).toEqual(['their own']);
});

test('a refused publish has a failed span', async () => {
  app = await startApp();
  await expect(publish(app, 'nobody', {})).rejects.toMatchObject({ code: 'not_found' });
  const [accept] = await traces.spans(1);
  expect(accept?.status.code).toBe(SpanStatusCode.ERROR);
  expect(accept?.attributes['error.type']).toBe('not_found');
});

test('a transformed request has the header too', async () => {
  app = await startApp({ retrySchedule: '' });
  const ids = await register(app, { url: receiver.url });
  await app.operations.endpoints.patchTransformation(OWNER, ids.app, ids.endpoint, {
    code: 'function handler(webhook) { webhook.payload = { changed: true }; return webhook; }',
    enabled: true,
  });
  const { id } = await publish(app, ids.app, {});
  const attempt = (await traces.spans(3)).find(({ name }) => name === 'posthaste attempt');
  const sent = `00-${attempt?.spanContext().traceId}-${attempt?.spanContext().spanId}-01`;
  expect(receiver.received[0]?.body).toBe('{"changed":true}');
  expect(sentTo(receiver)).toEqual([sent]);
  const [stored] = await attemptsOf(app, ids.app, id, 1);
  expect(stored?.exchange?.requestHeaders['traceparent']).toBe(sent);
});

test('without a provider nothing is traced, sent or stored', async () => {
  trace.disable();
  app = await startApp({ retrySchedule: '' });
  const ids = await register(app, { url: receiver.url });
  const input = { eventType: 'test.event', payload: {} };
  await app.operations.messages.create(OWNER, ids.app, input, { traceparent: TRACEPARENT });
  await waitFor(() => receiver.received[0], 'the webhook');
  expect(sentTo(receiver)).toEqual([undefined]);
  expect(traces.finished()).toEqual([]);
});
