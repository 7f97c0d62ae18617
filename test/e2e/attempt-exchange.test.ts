import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestApp, OWNER, publish, register, startApp } from '../support/app.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { waitFor } from '../support/wait-for.ts';

/** The request and the response of an attempt, as the API shows them. */
let app: TestApp;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
  app = await startApp();
});
afterAll(async () => {
  await app.close();
  await receiver.close();
});

it('an attempt shows the sent headers, without secrets, and the response', async () => {
  receiver.answer = (_request, response) =>
    void response.setHeader('set-cookie', 'a=b').setHeader('x-shown', 'yes').end('done');
  const headers = { 'X-Team': 'blue', 'X-Api-Key': 'confidential' };
  const ids = await register(app, { url: receiver.url, headers });
  const { id } = await publish(app, ids.app, { text: 'ä' });
  const { attempts } = app.operations;
  const list = () => attempts.listByMessage(OWNER, ids.app, id);
  await waitFor(async () => (await list()).data.length === 1, 'the attempt');

  const [attempt] = (await list()).data;
  const { host, 'content-length': length, ...sent } = receiver.received[0]?.headers ?? {};
  const { requestHeaders = {}, ...rest } = attempt?.exchange ?? {};
  const told = Object.fromEntries(
    Object.entries(requestHeaders).map(([name, value]) => [name.toLowerCase(), value]),
  );
  expect(told).toEqual({ ...sent, host, 'content-length': length, 'x-api-key': '***' });
  expect(rest).toEqual({
    requestBytes: 13,
    responseHeaders: expect.objectContaining({ 'set-cookie': '***', 'x-shown': 'yes' }),
    resolveMs: expect.any(Number),
    connectMs: expect.any(Number),
    tlsMs: null,
    firstByteMs: expect.any(Number),
  });
  expect((await attempts.listByMessage(OWNER, ids.app, id, { withContent: false })).data).toEqual([
    { ...attempt, response: '', exchange: null },
  ]);

  const { id: attemptId = '' } = attempt ?? {};
  expect(await attempts.get(OWNER, ids.app, id, attemptId)).toEqual(attempt);
  await attempts.expungeContent(OWNER, ids.app, id, attemptId);
  const left = { ...attempt, response: 'EXPUNGED', exchange: null };
  expect(await attempts.get(OWNER, ids.app, id, attemptId)).toEqual(left);
});
