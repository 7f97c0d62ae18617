import { ServiceBroker } from 'moleculer';
import { expect, test } from 'vitest';
import { createDeliveryMetrics } from './delivery-metrics.ts';

test('at most a hundred event types have their own series', () => {
  const broker = new ServiceBroker({
    logger: false,
    metrics: true,
    skipProcessEventRegistration: true,
  });
  const metrics = createDeliveryMetrics(broker);
  for (let round = 0; round < 2; round++) {
    for (let n = 0; n < 150; n++) metrics.accepted(`type.${n}`);
  }
  const messages = broker.metrics.getMetric('webhooks.messages.total');
  const of = (eventType: string) => messages?.get({ eventType } as never)?.value;
  expect(messages?.values.size).toBe(101);
  expect([of('type.99'), of('type.100'), of('(others)')]).toEqual([2, undefined, 100]);
});
