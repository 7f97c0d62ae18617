import { rmSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { type DeliveryEvent, Posthaste } from '../../src/index.ts';
import { newFolder } from '../support/app.ts';
import { startReceiver } from '../support/receiver.ts';
import { testBackends } from '../support/test-backends.ts';
import { waitFor } from '../support/wait-for.ts';

const MESSAGES = 100;
const TAKES_EVERY_MS = 50;
const RETRY_SCHEDULE = [1, 1, 1];

test(
  'an endpoint that takes 20 requests a second, and else asks for a pause of a second, gets each message within three retries',
  { timeout: 90_000 },
  async () => {
    const folder = newFolder();
    const posthaste = new Posthaste({
      ...(await testBackends(folder)),
      allowNetworks: '127.0.0.0/8',
      retrySchedule: RETRY_SCHEDULE,
    });
    await posthaste.start();
    const receiver = await startReceiver();
    onTestFinished(async () => {
      await posthaste.stop();
      await receiver.close();
      rmSync(folder, { recursive: true });
    });
    let takesAtMs = 0;
    receiver.answer = (_request, response) => {
      const nowMs = performance.now();
      if (nowMs < takesAtMs) {
        response.writeHead(429, { 'retry-after': '1' }).end();
      } else {
        takesAtMs = nowMs + TAKES_EVERY_MS;
        response.end();
      }
    };
    const attempts = new Map<string, number>();
    const exhausted: string[] = [];
    const count = ({ messageId, attempt }: DeliveryEvent) => {
      attempts.set(messageId, attempt?.number ?? 0);
    };
    const delivered = new Set<string>();
    posthaste.on('failed', count);
    posthaste.on('delivered', (event) => {
      count(event);
      delivered.add(event.messageId);
    });
    posthaste.on('exhausted', ({ messageId }) => void exhausted.push(messageId));

    const { id } = await posthaste.application.create({ name: 'Acme' });
    await posthaste.endpoint.create(id, { url: receiver.url });
    for (let number = 0; number < MESSAGES; number++) {
      await posthaste.message.create(id, { eventType: 'test.event', payload: { number } });
    }
    await waitFor(() => delivered.size + exhausted.length === MESSAGES, 'all to end', 80_000);
    expect(exhausted).toEqual([]);
    expect(Math.max(...attempts.values())).toBeLessThanOrEqual(1 + RETRY_SCHEDULE.length);
  },
);
