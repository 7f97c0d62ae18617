import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { ROOT_CONTEXT, SpanStatusCode, context, trace } from '@opentelemetry/api';
import { ServiceBroker } from 'moleculer';
import { Client } from 'pg';
import { Connection } from 'rabbitmq-client';
import { afterEach, beforeEach, expect, it, onTestFinished, test } from 'vitest';
import { Posthaste } from '../../src/index.ts';
import { webhooksService } from '../../src/moleculer/index.ts';
import { OWNER, newFolder, register, startApp } from '../support/app.ts';
import { describeWithPostgres } from '../support/postgres.ts';
import { createVirtualHost, describeWithRabbitmq } from '../support/rabbitmq.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { shared } from '../support/shared.ts';
import { testBackends } from '../support/test-backends.ts';
import { type Traces, startTraces } from '../support/traces.ts';
import { waitFor } from '../support/wait-for.ts';

/**
 * The trace of a publisher in another process continues to the delivery, however the message is carried, and no span
 * has a wrong parent.
 */

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PUBLISHER = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE}-${PUBLISHER}-01`;

let traces: Traces;
let receiver: Receiver;
beforeEach(async () => {
  traces = startTraces();
  receiver = await startReceiver();
});
afterEach(async () => {
  await receiver.close();
  traces.stop();
});

/** Expects the three spans of one delivery: accept, wait and attempt. */
async function expectPropagated(withinMs?: number): Promise<void> {
  const all = await traces.spans(3, withinMs);
  const [accept] = all.filter(({ name }) => name === 'posthaste accept');
  expect(accept?.parentSpanContext).toMatchObject({ traceId: TRACE, spanId: PUBLISHER });
  const attempt = all.find(({ name }) => name === 'posthaste attempt');
  const spanId = accept?.spanContext().spanId;
  expect(attempt?.parentSpanContext).toMatchObject({ traceId: TRACE, spanId });
  const sent = receiver.received.map(({ headers }) => headers['traceparent']);
  expect(sent).toEqual([`00-${TRACE}-${attempt?.spanContext().spanId}-01`]);
}

const SENDER = { traceId: TRACE, spanId: PUBLISHER, traceFlags: 1 };
const yes = () => true;
const no = () => false;
const EVENT = { eventType: 'test.event', payload: {} };

test.each([
  ['publish', EVENT],
  ['publishBatch', { messages: [EVENT] }],
])('Moleculer, from a broker to that of the service: %s', async (action, params) => {
  const folder = newFolder();
  const posthaste = new Posthaste({
    ...(await testBackends(folder)),
    allowNetworks: '127.0.0.0/8',
    logLevel: 'error',
  });
  const namespace = randomUUID();
  const broker = () =>
    new ServiceBroker({
      namespace,
      nodeID: randomUUID(),
      transporter: 'Fake',
      logger: false,
      skipProcessEventRegistration: true,
    });
  const [caller, server] = [broker(), broker()];
  server.createService(webhooksService({ posthaste }));
  await server.start();
  await caller.start();
  onTestFinished(async () => {
    await caller.stop();
    await server.stop();
    rmSync(folder, { recursive: true });
  });
  await caller.waitForServices('webhooks');
  await caller.call('webhooks.register', { targetUrl: receiver.url });
  await caller.call(`webhooks.${action}`, params, { meta: { traceparent: TRACEPARENT } });
  await expectPropagated();
});

test('later work of the process is not part of the span that caused it', async () => {
  const folder = newFolder();
  const posthaste = new Posthaste({
    ...(await testBackends(folder)),
    allowNetworks: '127.0.0.0/8',
  });
  const active: unknown[] = [];
  posthaste.on('delivered', () => void active.push(trace.getSpan(context.active())));
  onTestFinished(async () => {
    await posthaste.stop();
    rmSync(folder, { recursive: true });
  });
  await posthaste.start();
  await posthaste.application.create({ name: 'A', uid: 'a' });
  await posthaste.endpoint.create('a', { url: receiver.url, uid: 'e' });
  await posthaste.operationalWebhook.endpoint.create({ url: receiver.url });

  const since = new Date().toISOString();
  await context.with(trace.setSpanContext(ROOT_CONTEXT, SENDER), () =>
    posthaste.endpoint.recover('a', 'e', { since }),
  );
  // The spans of the operational webhook that tells of the end of the task.
  const all = await traces.spans(3, 20_000);
  expect(all.map(({ name }) => name)).toEqual([
    'posthaste accept',
    'posthaste wait',
    'posthaste attempt',
  ]);
  expect(all[0]?.parentSpanContext).toBeUndefined();
  await waitFor(() => active.length === 1, 'the webhook to be recorded');
  expect(active).toEqual([undefined]);
});

describeWithPostgres('a transaction', (createDatabase) => {
  it.each(['posthaste.send', 'the option', 'the active span'])(
    'carries the trace of its sender: %s',
    async (how) => {
      const databaseUrl = await createDatabase();
      const posthaste = new Posthaste({ databaseUrl, allowNetworks: '127.0.0.0/8' });
      await posthaste.start();
      onTestFinished(() => posthaste.stop());
      const client = new Client({ connectionString: databaseUrl });
      await client.connect();
      onTestFinished(() => client.end());
      await posthaste.application.create({ name: 'a', uid: 'a' });
      await posthaste.endpoint.create('a', { url: receiver.url });

      await client.query('begin');
      if (how === 'posthaste.send') {
        const send = `select posthaste.send('a', 'test.event', '{}', traceparent => $1)`;
        await client.query(send, [TRACEPARENT]);
      } else if (how === 'the option') {
        const options = { tx: client, traceparent: TRACEPARENT };
        await posthaste.message.create('a', EVENT, options);
      } else {
        const active = trace.setSpanContext(ROOT_CONTEXT, SENDER);
        await context.with(active, () => posthaste.message.create('a', EVENT, { tx: client }));
      }
      await client.query('commit');
      await expectPropagated();
    },
  );

  it('without a trace begins one, and a refused message has a failed span', async () => {
    const databaseUrl = await createDatabase();
    // The span that is active at the start must not become the parent of relayed messages.
    const starting = trace.setSpanContext(ROOT_CONTEXT, SENDER);
    const app = await context.with(starting, () => startApp({ databaseUrl }));
    onTestFinished(() => app.close());
    await register(app, { url: receiver.url });
    const client = new Client({ connectionString: databaseUrl });
    await client.connect();
    onTestFinished(() => client.end());
    const send = (to: string) =>
      client.query(`select posthaste.send('${to}', 'a.b', '{}', organization => 'org_test')`);
    await send('customer');
    const all = await traces.spans(3);
    const accept = all.find(({ name }) => name === 'posthaste accept');
    expect(accept?.parentSpanContext).toBeUndefined();
    const attempt = all.find(({ name }) => name === 'posthaste attempt');
    expect(attempt?.parentSpanContext?.spanId).toBe(accept?.spanContext().spanId);

    await send('nobody');
    const refused = (await traces.spans(4)).at(-1);
    expect(refused?.attributes['error.type']).toBe('not_found');
    expect(refused?.status.code).toBe(SpanStatusCode.ERROR);
  });
});

describeWithPostgres('RabbitMQ', (createDatabase) => {
  describeWithRabbitmq('from a publisher to the api, and from there to the worker', () => {
    it('carries the trace', { timeout: 60_000 }, async () => {
      const { url, managementUrl } = await shared('rabbitmq');
      const queueUrl = await createVirtualHost(url, managementUrl);
      const settings = { databaseUrl: await createDatabase(), queueUrl, jwtSecret: 'x'.repeat(32) };
      const worker = await startApp({ ...settings, roles: 'worker' });
      onTestFinished(() => worker.close());
      const { app } = await register(worker, { url: receiver.url });
      const ingestQueue = `ingest.${randomUUID()}`;
      const ingest = { ingestUrl: url, ingestQueue, ingestOrganization: OWNER.organizationId };
      // The span that is active at the start must not become the parent of messages from the broker.
      const starting = trace.setSpanContext(ROOT_CONTEXT, { ...SENDER, spanId: '1'.repeat(16) });
      const api = await context.with(starting, () =>
        startApp({ ...settings, ...ingest, roles: 'api', port: '0' }),
      );
      onTestFinished(() => api.close());

      const producer = new Connection({ url });
      onTestFinished(async () => {
        await producer.queueDelete(ingestQueue);
        await producer.queueDelete(`${ingestQueue}.dead`);
        await producer.close();
      });
      const declared = () =>
        producer.queueDeclare({ queue: ingestQueue, passive: true }).then(yes, no);
      await waitFor(declared, ingestQueue, 30_000);
      const publisher = producer.createPublisher({ confirm: true, maxAttempts: 50 });
      onTestFinished(() => publisher.close());
      const body = Buffer.from(JSON.stringify({ application: app, ...EVENT }));
      const headers = { traceparent: TRACEPARENT };
      const envelope = { routingKey: ingestQueue, durable: true, messageId: '1', headers };
      // A new queue may reject messages until it has a leader.
      const sent = () => publisher.send(envelope, body).then(yes, no);
      await waitFor(sent, 'the message to be taken', 30_000);
      await expectPropagated(30_000);
    });
  });
});
