import { join } from 'node:path';
import { ServiceBroker } from 'moleculer';
import { Posthaste } from 'posthaste';
import type { Published } from 'posthaste/moleculer';
import { expect, it, onTestFinished } from 'vitest';
import { waitFor } from '@posthaste/test-support/wait-for';
import { ipWebhooksService } from '../src/webhooks-service.ts';
import { startTarget, temporaryFolder } from './start.ts';

const IP = '203.0.113.7';

it('has the five actions, with their names and results', async () => {
  const call = await startService();
  const target = await startTarget();
  const registered = await call<{ id: string }>('register', { targetUrl: target.url });
  const { id } = registered;
  expect(registered).toEqual({ id: expect.stringMatching(/^ep_/) });
  const webhook = { id, disabled: false, createdAt: expect.any(String) };
  const newTargetUrl = `${target.url}new`;
  expect(await call('update', { id, newTargetUrl })).toEqual({
    ...webhook,
    targetUrl: newTargetUrl,
  });
  expect(await call('list')).toEqual([{ ...webhook, targetUrl: newTargetUrl }]);
  const published = await call<Published>('trigger', { ipAddress: IP });
  expect(published).toEqual({ messageId: expect.stringMatching(/^msg_/), targets: 1 });
  await waitFor(() => target.received.length === 1, 'the delivery');
  expect(await call('delete', { id })).toEqual({ id });
});

it('trigger posts exactly the address and the time', async () => {
  const call = await startService();
  const target = await startTarget();
  await call('register', { targetUrl: target.url });
  const from = Math.floor(Date.now() / 1000);
  const { outcomes } = await call<Published>('trigger', { ipAddress: '2001:db8::7', wait: 'true' });
  expect(outcomes).toMatchObject([{ delivered: true }]);
  const [{ body } = { body: '' }] = target.received;
  const { timestamp } = JSON.parse(body) as { timestamp: number };
  expect(body).toBe(`{"ipAddress":"2001:db8::7","timestamp":${timestamp}}`);
  expect(timestamp).toBeGreaterThanOrEqual(from);
  expect(timestamp).toBeLessThanOrEqual(Date.now() / 1000);
});

it('trigger is one message when it is called twice with one key', async () => {
  const call = await startService();
  const target = await startTarget();
  await call('register', { targetUrl: target.url });
  const params = { ipAddress: IP, timestamp: 1_900_000_000, idempotencyKey: 'key 1', wait: true };
  const first = await call<Published>('trigger', params);
  expect(await call('trigger', params)).toEqual(first);
  await expect(call('trigger', { ...params, ipAddress: '203.0.113.8' })).rejects.toMatchObject({
    code: 422,
    type: 'IDEMPOTENCY_KEY_REUSED',
  });
  const other = await call<Published>('trigger', { ipAddress: IP, wait: true });
  expect(other.messageId).not.toBe(first.messageId);
  expect(target.received).toHaveLength(2);
});

it("trigger with `wait` ends before the caller's own time-out", async () => {
  const call = await startService();
  const target = await startTarget();
  target.answer = () => {};
  await call('register', { targetUrl: target.url });
  const params = { ipAddress: IP, wait: true };
  const { outcomes } = await call<Published>('trigger', params, { timeout: 3_000 });
  expect(outcomes).toMatchObject([{ state: 'pending' }]);
});

it.each([
  [{}, 'ipAddress'],
  [{ ipAddress: '256.1.1.1' }, 'ipAddress'],
  [{ ipAddress: 'fe80::1%eth0' }, 'ipAddress'],
  [{ ipAddress: '203.0.113.7:80' }, 'ipAddress'],
  [{ ipAddress: 7 }, 'ipAddress'],
  [{ ipAddress: IP, timestamp: '' }, 'timestamp'],
  [{ ipAddress: IP, timestamp: true }, 'timestamp'],
  [{ ipAddress: IP, timestamp: [] }, 'timestamp'],
  [{ ipAddress: IP, timestamp: '1e9' }, 'timestamp'],
  [{ ipAddress: IP, timestamp: 1_900_000_000_000 }, 'timestamp'],
  [{ ipAddress: IP, wait: 'yes' }, 'wait'],
  [{ ipAddress: IP, timeoutMs: 0 }, 'timeoutMs'],
  [{ ipAddress: IP, color: 'red' }, 'color'],
])('trigger %j is refused because of %s', async (params, field) => {
  const call = await startService();
  await expect(call('trigger', params)).rejects.toMatchObject({
    name: 'ValidationError',
    code: 422,
    data: [{ message: expect.stringContaining(field) }],
  });
});

/** Ends with the test. */
async function startService() {
  const posthaste = new Posthaste({
    databaseUrl: `sqlite:${join(temporaryFolder(), 'webhooks.db')}`,
    allowNetworks: '127.0.0.0/8',
    logLevel: 'error',
  });
  const broker = new ServiceBroker({ logger: false, skipProcessEventRegistration: true });
  broker.createService(ipWebhooksService({ posthaste }));
  await broker.start();
  onTestFinished(() => broker.stop());
  return async function call<T = unknown>(action: string, params: object = {}, how: object = {}) {
    return broker.call<T, object>(`webhooks.${action}`, params, how);
  };
}
