import { expect, onTestFinished, test } from 'vitest';
import { type TestApp, OWNER, publish, register, startApp, statusOf } from '../support/app.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { waitFor } from '../support/wait-for.ts';

async function begin(
  ordered: boolean,
): Promise<{ app: TestApp; receiver: Receiver; endpoint: string }> {
  const receiver = await startReceiver();
  const app = await startApp();
  onTestFinished(async () => {
    await app.close();
    await receiver.close();
  });
  const { endpoint } = await register(app, { url: receiver.url, ordered });
  return { app, receiver, endpoint };
}

test.each([false, true])(
  'a paused endpoint keeps what waits and what comes, and gets it when it is resumed (ordered: %s)',
  async (ordered) => {
    const { app, receiver, endpoint: id } = await begin(ordered);
    const { endpoints } = app.operations;
    receiver.answer = (_request, response) => response.writeHead(500).end();
    const early = await publish(app, 'customer', 1);
    await waitFor(() => receiver.received.length === 1 && app.events.length === 1);

    expect(await endpoints.pause(OWNER, 'customer', id)).toMatchObject({ paused: true });
    receiver.answer = (_request, response) => response.end();
    const late = await publish(app, 'customer', 2);
    await app.operations.attempts.resend(OWNER, 'customer', early.id, id);
    expect(await statusOf(app, 'customer', early.id)).toMatchObject({ status: 'sending' });
    expect(await statusOf(app, 'customer', late.id)).toMatchObject({ status: 'pending' });
    // A new process knows of the pause too.
    const again = await app.restarted();
    onTestFinished(() => again.stop());
    expect(receiver.received).toHaveLength(1);

    const resumed = await again.operations.endpoints.resume(OWNER, 'customer', id);
    expect(resumed).toMatchObject({ paused: false, disabled: false });
    await waitFor(() => receiver.received.length === 3, 'both to arrive');
  },
);

test('an edit neither pauses nor resumes', async () => {
  const { app, receiver, endpoint: id } = await begin(false);
  const { endpoints } = app.operations;
  const refused = { code: 'validation', fieldErrors: [{ loc: ['body', 'paused'] }] };
  const change = (input: object) => endpoints.patch(OWNER, 'customer', id, input);
  await expect(change({ paused: true })).rejects.toMatchObject(refused);
  const paused = await endpoints.pause(OWNER, 'customer', id);
  await expect(change({ paused: false })).rejects.toMatchObject(refused);
  expect(await change({ description: 'renamed' })).toMatchObject({ paused: true });
  const { value } = await endpoints.update(OWNER, 'customer', id, paused);
  expect(value).toMatchObject({ paused: true, description: '' });
  const replaced = await endpoints.update(OWNER, 'customer', id, { url: receiver.url });
  expect(replaced.value).toMatchObject({ paused: true });
  await expect(
    endpoints.create(OWNER, 'customer', { url: receiver.url, paused: true }),
  ).rejects.toMatchObject(refused);
});

test('the status says why an endpoint gets less: a pause that it asked for, or an open breaker', async () => {
  const { app, receiver, endpoint: id } = await begin(false);
  const { status, endpoints } = app.operations;
  const state = () => status.endpoint(OWNER, 'customer', id);
  const well = {
    id,
    disabled: false,
    paused: false,
    failingSince: null,
    failedCount: 0,
    nextAttempt: null,
    breaker: 'closed',
    waitsUntil: null,
    window: null,
    rate: null,
  };
  expect(await state()).toMatchObject(well);

  receiver.answer = (_request, response) => response.writeHead(500).end();
  for (let number = 1; number <= 20; number++) await publish(app, 'customer', number);
  await waitFor(async () => (await state()).breaker !== 'closed', 'the breaker to open');
  const failing = await state();
  expect(failing).toMatchObject({ window: 1, failingSince: expect.any(String) });
  const nextMs = Date.parse(failing.nextAttempt ?? '') - Date.now();
  expect(nextMs).toBeGreaterThan(-1_000);
  expect(nextMs).toBeLessThan(7_000);

  receiver.answer = (_request, response) => response.writeHead(429, { 'retry-after': '600' }).end();
  await waitFor(async () => (await state()).rate !== null, 'the endpoint to ask for patience');
  const { data } = await status.endpoints(OWNER, 'customer', { limit: 1 });
  const [paused] = data;
  expect(paused).toMatchObject({ id, breaker: 'open', window: 1, rate: 1 });
  const pauseMs = Date.parse(paused?.waitsUntil ?? '') - Date.now();
  expect(pauseMs).toBeGreaterThan(500_000);
  expect(pauseMs).toBeLessThan(600_001);
  expect(Date.parse(paused?.nextAttempt ?? '')).toBeGreaterThan(Date.now() + 500_000);

  await endpoints.pause(OWNER, 'customer', id);
  expect(await state()).toMatchObject({ paused: true, nextAttempt: null, waitsUntil: null });
});
