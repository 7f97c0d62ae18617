import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { ServiceBroker } from 'moleculer';
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

/** The trace of a publisher in another process goes on to the delivery, over what carries the message. */

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

/** Of one delivery: accept, wait and attempt. */
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
      const api = await startApp({ ...settings, ...ingest, roles: 'api', port: '0' });
      onTestFinished(() => api.close());

      const producer = new Connection({ url });
      onTestFinished(async () => {
        await producer.queueDelete(ingestQueue);
        await producer.queueDelete(`${ingestQueue}.dead`);
        await producer.close();
      });
      const publisher = producer.createPublisher({ confirm: true, maxAttempts: 50 });
      onTestFinished(() => publisher.close());
      const body = Buffer.from(JSON.stringify({ application: app, ...EVENT }));
      const headers = { traceparent: TRACEPARENT };
      await publisher.send(
        { routingKey: ingestQueue, durable: true, messageId: '1', headers },
        body,
      );
      await expectPropagated(30_000);
    });
  });
});
