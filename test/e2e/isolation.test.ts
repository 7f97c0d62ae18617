import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import type { EndpointIn } from '../../src/operations/operations.ts';
import { type TestApp, publish, register, startApp } from '../support/app.ts';
import { startDnsServer } from '../support/dns-server.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { waitFor } from '../support/wait-for.ts';

interface SickCase {
  readonly name: string;
  /** The number of sick endpoints, each of another application. */
  readonly endpoints: number;
  /** Messages published to each sick endpoint before the healthy endpoint gets its first. */
  readonly waiting: number;
  readonly answer: (response: ServerResponse) => void;
  readonly settings?: Omit<EndpointIn, 'url'>;
  /** Of all messages, the healthy ones included. */
  readonly payloadChars?: number;
  /** The healthy endpoint has got a message before. */
  readonly isKnown?: true;
}

const hang = () => {};

const CASES: readonly SickCase[] = [
  { name: '2 that hang, 600 messages each', endpoints: 2, waiting: 600, answer: hang },
  { name: '40 that hang, 600 messages each', endpoints: 40, waiting: 600, answer: hang },
  {
    name: '20 that hang, 10 messages of 1 MB each',
    endpoints: 20,
    waiting: 10,
    answer: hang,
    payloadChars: 1_000_000,
    // Few payloads of this size fit for endpoints of which nothing is known: those that hang are new, too.
    isKnown: true,
  },
  {
    name: 'one that answers 200 after 5 s, 3,000 messages',
    endpoints: 1,
    waiting: 3_000,
    answer: (response) => void setTimeout(() => response.end(), 5_000).unref(),
  },
  {
    name: '2 with throttleRate 5, 1,500 messages each',
    endpoints: 2,
    waiting: 1_500,
    answer: (response) => void response.end(),
    settings: { throttleRate: 5 },
  },
];

const HEALTHY_MESSAGES = 30;
/** Without isolation a message waits for an answer that takes 5 s, or for a time-out of 15 s. */
const DEADLINE_MS = 4_500;

describe('at default settings, a healthy endpoint is not delayed by', () => {
  let app: TestApp;
  const receivers: Receiver[] = [];
  let closeDns = async () => {};

  afterEach(async () => {
    for (const receiver of receivers.splice(0)) await receiver.close();
    await app.stop(100);
    await app.close();
    await closeDns();
  });

  test.each(CASES)(
    '$name',
    async ({ endpoints, waiting, answer, settings, payloadChars, isKnown }) => {
      app = await startApp();
      const sick: string[] = [];
      for (let index = 0; index < endpoints; index++) {
        const receiver = await newReceiver(answer);
        const { app: id } = await register(
          app,
          { url: receiver.url, ...settings },
          `sick-${index}`,
        );
        sick.push(id);
      }
      const healthy = await newReceiver((response) => void response.end());
      const { app: healthyId } = await register(app, { url: healthy.url }, 'healthy');

      if (isKnown) {
        await publish(app, healthyId, {});
        await waitFor(() => healthy.received.splice(0).length === 1, 'the first message');
      }
      for (const id of sick) await publishMany(id, waiting, payloadChars);

      await expectPrompt(healthy, healthyId, payloadChars);
    },
  );

  test.each([
    { name: 'a name that hangs, 40 messages', names: 1, waiting: 40 },
    { name: '40 names that hang, 10 messages each', names: 40, waiting: 10 },
  ])('$name', async ({ names, waiting }) => {
    const sickNames = Array.from({ length: names }, (_, index) => `sick-${index}.test`);
    const dns = await startDnsServer({
      'healthy.test': { ipv4: ['127.0.0.1'], ttl: 0 },
      ...Object.fromEntries(sickNames.map((name) => [name, 'hangs' as const])),
    });
    closeDns = () => dns.close();
    app = await startApp({ dnsServers: dns.address });
    const sick: string[] = [];
    for (const name of sickNames) {
      sick.push((await register(app, { url: `http://${name}/` }, name.replace('.', '-'))).app);
    }
    // Connections are closed, so that each delivery looks the name up.
    const healthy = await newReceiver((response) => {
      response.setHeader('connection', 'close').end();
    });
    const url = `http://healthy.test:${healthy.port}/`;
    const { app: healthyId } = await register(app, { url }, 'healthy');

    for (const id of sick) await publishMany(id, waiting);
    await waitFor(
      () => sickNames.every((name) => dns.questions.includes(`A ${name}`)),
      'a question for each name that hangs',
    );

    await expectPrompt(healthy, healthyId);
  });

  async function newReceiver(answer: (response: ServerResponse) => void): Promise<Receiver> {
    const receiver = await startReceiver();
    receiver.answer = (_request, response) => answer(response);
    receivers.push(receiver);
    return receiver;
  }

  async function publishMany(id: string, count: number, chars = 0): Promise<void> {
    const more = 'x'.repeat(chars);
    await Promise.all(
      Array.from({ length: count }, (_, index) => publish(app, id, { index, more })),
    );
  }

  async function expectPrompt(healthy: Receiver, applicationId: string, chars = 0): Promise<void> {
    const more = 'x'.repeat(chars);
    for (let index = 0; index < HEALTHY_MESSAGES; index++) {
      const { id } = await publish(app, applicationId, { index, more });
      await waitFor(
        () => healthy.received.at(-1)?.headers['webhook-id'] === id,
        `the arrival of healthy message ${index + 1} of ${HEALTHY_MESSAGES}`,
        DEADLINE_MS,
      );
    }
    expect(healthy.received).toHaveLength(HEALTHY_MESSAGES);
  }
});
