import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freePorts } from '@posthaste/test-support/free-ports';
import { startReceiver } from '@posthaste/test-support/receiver';
import { waitFor } from '@posthaste/test-support/wait-for';
import { get, SECRET, send, standby, start, startProvider, temporaryFolder } from './start.ts';

const OTHER_SECRET = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;

test('an event must be signed with our secret', async () => {
  const callCenter = await start();
  for (const secret of [null, OTHER_SECRET]) {
    const { status, errors } = await send(callCenter, standby(1), { secret });
    expect(status).toBe(401);
    expect(errors).toEqual([{ errorCode: 'UNAUTHORIZED', message: expect.any(String) }]);
  }
  expect(await get(callCenter)).toEqual([]);
});

test('listed addresses need no signature, and each of their events is new', async () => {
  const callCenter = await start({ 'accept-unsigned-from': ['127.0.0.0/8', '::1'] });
  for (let i = 0; i < 2; i++) {
    expect((await send(callCenter, standby(1), { secret: null })).status).toBe(200);
  }
  await waitFor(async () => (await get(callCenter)).length === 2, 'two calls');
  expect((await send(callCenter, standby(1), { secret: OTHER_SECRET })).status).toBe(401);
});

test('a repeat of the same webhook-id is ignored without a signature, too', async () => {
  const callCenter = await start({ 'accept-unsigned-from': ['127.0.0.0/8', '::1'] });
  const post = async (digits: number, id: string) => {
    const headers = { 'content-type': 'application/json', 'webhook-id': id };
    const body = JSON.stringify(standby(digits));
    expect((await fetch(`${callCenter.url}/calls`, { method: 'POST', headers, body })).status).toBe(
      200,
    );
  };
  for (const [digits, id] of [
    [1, 'one'],
    [1, 'one'],
    [2, ''],
    [3, ''],
  ] as const) {
    await post(digits, id);
  }
  const calls = await waitFor(async () => {
    const all = await get(callCenter);
    return all.length >= 3 && all;
  }, 'the calls');
  expect(calls.map(({ number }) => number.slice(-1)).toSorted()).toEqual(['1', '2', '3']);
});

test('an address that is not listed does need one', async () => {
  const callCenter = await start({ 'accept-unsigned-from': ['192.0.2.0/24', '2001:db8::/32'] });
  expect((await send(callCenter, standby(1), { secret: null })).status).toBe(401);
});

test('events without a type or a 14-character contact number are refused, each error named', async () => {
  const callCenter = await start();
  const refused: [unknown, string[]][] = [
    [{}, ['INVALID_TYPE']],
    [{ contactNumber: '123' }, ['INVALID_TYPE', 'INVALID_CONTACT_NUMBER']],
    [{ type: 7, contactNumber: '(11) 1111-1010' }, ['INVALID_TYPE']],
    [{ type: 'call.standby' }, ['INVALID_CONTACT_NUMBER']],
    [{ type: 'call.standby', contactNumber: '(11) 1111-10101' }, ['INVALID_CONTACT_NUMBER']],
    [
      { type: 'call.standby', their_number: '1', call_id: '' },
      ['INVALID_CONTACT_NUMBER', 'INVALID_CALL_ID'],
    ],
    [{ type: 'other', contactNumber: '1' }, ['INVALID_CONTACT_NUMBER']],
    [[], ['INVALID_EVENT']],
    ['text', ['INVALID_EVENT']],
  ];
  for (const [event, codes] of refused) {
    const { status, errors } = await send(callCenter, event);
    expect(status).toBe(400);
    expect(errors.map((error) => error.errorCode)).toEqual(codes);
  }
  for (const event of [
    { type: 'other' },
    { type: 'call.new', their_number: 'short', call_id: {} },
    { type: 'call.finished', contactNumber: null, call_id: null },
    { type: '\ud800' },
  ]) {
    expect((await send(callCenter, event)).status).toBe(200);
  }
  expect(await get(callCenter)).toEqual([]);
});

test('a body that is too large, not JSON, or of another type is refused in the same form', async () => {
  const callCenter = await start({ 'accept-unsigned-from': ['127.0.0.1', '::1'] });
  let message = '';
  const post = async (body: string, type = 'application/json') => {
    const headers = { 'content-type': type };
    const response = await fetch(`${callCenter.url}/calls`, { method: 'POST', headers, body });
    const errors = (await response.json()) as { errorCode: string; message: string }[];
    expect(errors).toEqual([{ errorCode: expect.any(String), message: expect.any(String) }]);
    message = errors[0]?.message ?? '';
    return response.status;
  };
  expect(await post('{')).toBe(400);
  expect(await post('type=call.standby', 'application/x-www-form-urlencoded')).toBe(415);
  expect(message).toContain('"content-type: application/json"');
  expect(await post(`"${'x'.repeat(70_000)}"`)).toBe(413);
});

test('registers its own address again and again, because a provider that has disabled it tells nobody', async () => {
  const provider = await startProvider();
  const callCenter = await start({
    'webhook-server-url': `${provider.url}webhook`,
    options: { registrationRenewMs: 10 },
  });
  await waitFor(() => provider.received.length >= 3, 'three registrations');
  expect(JSON.parse(provider.received[0]?.body ?? '')).toMatchObject({
    callbackURL: `${callCenter.url}/calls`,
  });
});

test('registers when the provider comes up, with a secret that it keeps', async () => {
  const [port = 0] = await freePorts(1);
  const settings = {
    'webhook-server-url': `http://127.0.0.1:${port}/webhook`,
    'client-name': 'someone',
    'callback-url': 'http://localhost:1234/calls',
    'webhook-secret': null,
    'sqlite-file': join(temporaryFolder(), 'calls.db'),
  };
  const first = await start(settings);
  const provider = await startReceiver(port);
  const registration = await waitFor(() => provider.received[0], 'the registration');
  const secret = String(registration.headers['webhook-secret']);
  expect(secret).toMatch(/^whsec_.{32}$/);
  expect(registration.path).toBe('/webhook');
  expect(JSON.parse(registration.body)).toEqual({
    name: 'someone',
    callbackURL: 'http://localhost:1234/calls',
  });
  expect((await send(first, standby(1), { secret })).status).toBe(200);
  await first.stop();

  provider.answer = (_request, response) => {
    const errors = [{ errorCode: 'ALREADY_REGISTERED', message: 'the name is taken' }];
    response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify(errors));
  };
  const second = await start(settings);
  const again = await waitFor(() => provider.received[1], 'the second registration');
  expect(again.body).toBe(registration.body);
  expect(again.headers['webhook-secret']).toBe(secret);
  expect((await send(second, standby(1), { secret })).status).toBe(200);
  await second.stop();
  expect(provider.received).toHaveLength(2);
  await provider.close();
});

test('an event signed with another secret brings a new registration, which lets the provider heal it', async () => {
  const provider = await startProvider();
  const callCenter = await start({ 'webhook-server-url': `${provider.url}webhook` });
  await waitFor(() => provider.received.length === 1, 'the registration');
  await Promise.all(
    Array.from({ length: 5 }, () => send(callCenter, standby(1), { secret: OTHER_SECRET })),
  );
  const again = await waitFor(() => provider.received[1], 'another registration');
  expect(again.headers['webhook-secret']).toBe(SECRET);
});

test('works with a provider that refuses unknown members and signs nothing', async () => {
  const provider = await startProvider();
  const statuses: number[] = [];
  provider.answer = ({ body }, response) => {
    const {
      name: _name,
      callbackURL: _callbackURL,
      ...unknown
    } = JSON.parse(body) as object & {
      name: unknown;
      callbackURL: unknown;
    };
    statuses.push(Object.keys(unknown).length === 0 ? 200 : 400);
    response.writeHead(statuses.at(-1) ?? 500).end();
  };
  const callCenter = await start({
    'webhook-server-url': `${provider.url}webhook`,
    'accept-unsigned-from': ['127.0.0.1', '::1'],
  });
  await waitFor(() => statuses.length > 0, 'the registration');
  expect(statuses).toEqual([200]);
  expect((await send(callCenter, standby(1), { secret: null })).status).toBe(200);
  await waitFor(async () => (await get(callCenter, '/calls?status=2')).length === 1, 'the call');
});
