import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULT_ORGANIZATION, type UndeliveredOut } from '../../src/operations/operations.ts';
import { type HttpApp, startHttpApp } from '../support/http-app.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { waitFor } from '../support/wait-for.ts';

/** The list of messages that failed and were not delivered since. */
let receiver: Receiver;
let app: HttpApp;
beforeAll(async () => {
  receiver = await startReceiver();
  receiver.answer = (_request, response) => response.writeHead(500).end();
  app = await startHttpApp();
});
afterAll(async () => {
  await app.close();
  await receiver.close();
});

interface Answer {
  readonly data: UndeliveredOut[];
  readonly done: boolean;
  readonly iterator: string;
  readonly prevIterator: string;
}

async function ask(path: string): Promise<{ status: number; body: Answer }> {
  const response = await fetch(`${app.url}/api/v1${path}`, {
    headers: { authorization: `Bearer ${app.token}` },
  });
  return { status: response.status, body: (await response.json()) as Answer };
}

it('lists and counts undelivered messages of one application and of all', async () => {
  const { applications, endpoints, messages } = app.operations;
  const owner = { organizationId: DEFAULT_ORGANIZATION };
  const ids: string[] = [];
  for (const uid of ['once', 'often']) {
    const policy = uid === 'once' ? { retrySchedule: [] } : {};
    await applications.create(owner, { name: uid, uid, policy });
    // Credentials in an URL are shown nowhere.
    const url = receiver.url.replace('//', '//user:s3cret@');
    await endpoints.create(owner, uid, { url, uid: 'ep' });
    const input = { eventType: 'a.b', payload: {}, tags: [uid] };
    ids.push((await messages.create(owner, uid, input)).id);
  }
  await waitFor(() => app.events.length === 2, 'two attempts to be recorded');

  const [once, often] = ids;
  const { body: all } = await ask('/undelivered');
  expect(all).toMatchObject({
    done: true,
    data: [
      { msgId: often, status: 3, statusText: 'sending', attemptCount: 1, tags: ['often'] },
      {
        msgId: once,
        status: 2,
        statusText: 'fail',
        attemptCount: 1,
        nextAttempt: null,
        endpointUrl: receiver.url,
      },
    ],
  });
  const destinations = (await ask(`/app/often/msg/${often}/endpoint`)).body.data;
  expect(destinations).toMatchObject([{ status: 3, statusText: 'sending' }]);
  expect(Date.parse(all.data[0]?.nextAttempt ?? '')).toBeGreaterThan(Date.now());
  const [newest, oldest] = all.data;
  const found = async (path: string) => (await ask(path)).body.data;
  expect(await found('/undelivered?order=ascending')).toEqual([oldest, newest]);
  const page = (await ask('/undelivered?limit=1')).body;
  expect(page).toMatchObject({ done: false, data: [newest] });
  const next = (await ask(`/undelivered?limit=1&iterator=${page.iterator}`)).body;
  expect(next).toMatchObject({ done: true, data: [oldest] });
  expect(await found(`/undelivered?iterator=${next.prevIterator}`)).toEqual([newest]);
  expect(await found('/undelivered?status=2&tag=often')).toEqual([]);
  expect(await found('/app/once/undelivered?endpoint_id=ep&status=2')).toEqual([oldest]);
  expect(await found('/app/often/undelivered?event_types=a.b,c')).toEqual([newest]);
  expect((await ask('/undelivered/count')).body).toEqual({ sending: 1, fail: 1, isExact: true });
  expect((await ask('/app/once/undelivered/count?endpoint_id=ep')).body).toEqual({
    sending: 0,
    fail: 1,
    isExact: true,
  });
  for (const wrong of ['iterator=msg_1', 'status=0', 'endpoint_id=ep']) {
    expect((await ask(`/undelivered?${wrong}`)).status).toBe(422);
  }
  expect((await ask('/app/once/undelivered?endpoint_id=none')).status).toBe(404);
  const { undelivered } = app.operations;
  const { id: applicationId } = await applications.get(owner, 'often');
  expect((await undelivered.list({ ...owner, applicationId })).data).toEqual([newest]);
});

it('lists what was delivered, and was asked for again, until it has arrived again', async () => {
  const { applications, endpoints, messages, attempts } = app.operations;
  const owner = { organizationId: DEFAULT_ORGANIZATION };
  const taking = await startReceiver();
  await applications.create(owner, { name: 'again', uid: 'again' });
  await endpoints.create(owner, 'again', { url: taking.url, uid: 'ep' });
  const { id } = await messages.create(owner, 'again', { eventType: 'a.b', payload: {} });
  const listed = async () => (await ask('/app/again/undelivered')).body.data;
  const delivered = async (times: number) => {
    const list = await attempts.listByMessage(owner, 'again', id);
    return list.data.length === times;
  };
  await waitFor(() => delivered(1), 'the first attempt');
  expect(await listed()).toEqual([]);
  await endpoints.pause(owner, 'again', 'ep');
  await attempts.resend(owner, 'again', id, 'ep');
  expect(await listed()).toMatchObject([{ msgId: id, statusText: 'sending', attemptCount: 1 }]);
  await endpoints.resume(owner, 'again', 'ep');
  await waitFor(() => delivered(2), 'the second attempt');
  expect(await listed()).toEqual([]);
  await taking.close();
});
