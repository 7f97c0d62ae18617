import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createVerifier } from 'posthaste/receiver';
import { expect, test } from 'vitest';
import { waitFor } from '@posthaste/test-support/wait-for';
import {
  answering,
  post,
  register,
  someEvents,
  start,
  startCustomer,
  temporaryFolder,
} from './start.ts';

test('a registration answers 200 with an empty body, and events come', async () => {
  const provider = await start();
  const customer = await startCustomer();
  expect(await register(provider, customer)).toEqual({ status: 200, text: '', codes: [] });
  const [event] = await someEvents(customer, 3);
  expect(event?.path).toBe('/calls');
  for (const { type, contactNumber, ...more } of customer.events()) {
    expect({ type, more }).toEqual({ type: 'call.standby', more: {} });
    expect(contactNumber).toMatch(/^\(\d\d\) 1111-\d{4}$/);
  }
});

test('a name that is registered and enabled is refused, after a restart too', async () => {
  const settings = { 'sqlite-file': join(temporaryFolder(), 'registry.db') };
  const customer = await startCustomer();
  const other = await startCustomer();
  const first = await start(settings);
  await register(first, customer);
  const refusal = await register(first, other);
  expect(refusal).toMatchObject({ status: 400, codes: ['ALREADY_REGISTERED'] });
  expect(JSON.parse(refusal.text)).toEqual([
    { errorCode: 'ALREADY_REGISTERED', message: 'acme is registered already' },
  ]);
  await first.stop();
  const second = await start(settings);
  expect((await register(second, other)).codes).toEqual(['ALREADY_REGISTERED']);
  await someEvents(customer, customer.received.length + 1);
  expect(other.received).toEqual([]);
});

test('of simultaneous registrations of one name, one is the first', async () => {
  const provider = await start();
  const customer = await startCustomer();
  const answers = await Promise.all(Array.from({ length: 8 }, () => register(provider, customer)));
  const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
  expect(statuses).toEqual([200, ...Array.from({ length: 7 }, () => 400)]);
});

test('so it is when a disabled account is enabled again', async () => {
  const provider = await start();
  const status = { now: 500 };
  const customer = await startCustomer(answering(status));
  await register(provider, customer);
  await someEvents(customer, 3);
  status.now = 200;
  const statuses = await waitFor(async () => {
    const answers = await Promise.all([1, 2, 3].map(() => register(provider, customer)));
    const got = answers.map((answer) => answer.status);
    return got.includes(200) && got.toSorted((a, b) => a - b);
  }, 'the account to be disabled and enabled');
  expect(statuses).toEqual([200, 400, 400]);
});

test('names may hold any characters, and are known after a restart', async () => {
  const settings = { 'sqlite-file': join(temporaryFolder(), 'names.db') };
  const provider = await start(settings);
  const names = ['Ação & Cia. 🏢', '../../x', '   ', 'a\0b', 'a\0c', '🏢'.repeat(255)];
  for (const name of names) {
    const customer = await startCustomer();
    expect((await register(provider, customer, { name })).status).toBe(200);
    await someEvents(customer, 1);
    expect((await register(provider, customer, { name })).codes).toEqual(['ALREADY_REGISTERED']);
  }
  await provider.stop();
  const again = await start(settings);
  for (const name of names) {
    const customer = await startCustomer();
    expect((await register(again, customer, { name })).codes).toEqual(['ALREADY_REGISTERED']);
  }
});

test('each account gets its calls, however many there are', async () => {
  // A round each 20 ms, which the other tests have, is more than the provider delivers for so many.
  const provider = await start({ 'interval-ms': 1_000 });
  const customer = await startCustomer();
  const names = Array.from({ length: 260 }, (_, i) => `account-${i}`);
  await Promise.all(
    names.map((name) =>
      post(provider, '/webhook', { name, callbackURL: `${customer.url}${name}` }),
    ),
  );
  const paths = await waitFor(
    () => {
      const found = new Set(customer.received.map(({ path }) => path));
      return found.size === names.length && found;
    },
    'an event for each',
    60_000,
  );
  expect(paths).toEqual(new Set(names.map((name) => `/${name}`)));
});

test('everything that is wrong is named', async () => {
  const provider = await start();
  const good = { name: 'acme', callbackURL: 'http://localhost/' };
  const refused: [unknown, string[]][] = [
    [{}, ['INVALID_NAME', 'INVALID_CALLBACK_URL']],
    [{ ...good, name: 'ab' }, ['INVALID_NAME']],
    [{ ...good, name: '🏢🏢' }, ['INVALID_NAME']],
    [{ ...good, name: 'x'.repeat(256) }, ['INVALID_NAME']],
    [{ ...good, name: 123 }, ['INVALID_NAME']],
    ['{"name": "ab\\ud800", "callbackURL": "http://localhost/"}', ['INVALID_NAME']],
    ...[
      7,
      null,
      '',
      'localhost',
      'ftp://localhost/',
      'http://',
      'http://a b/',
      'http://u:p@host/',
    ].map((callbackURL): [unknown, string[]] => [
      { ...good, callbackURL },
      ['INVALID_CALLBACK_URL'],
    ]),
    [{ ...good, callbackURL: `http://localhost/${'x'.repeat(239)}` }, ['INVALID_CALLBACK_URL']],
    ...['whsec_', 'whsec_c2hvcnQ=', `whsec_${'A'.repeat(24)}`, `whsk_${'A'.repeat(43)}=`, 1].map(
      (secret): [unknown, string[]] => [{ ...good, secret }, ['INVALID_SECRET']],
    ),
    [{ secret: 1 }, ['INVALID_NAME', 'INVALID_CALLBACK_URL', 'INVALID_SECRET']],
    [[], ['INVALID_BODY']],
    ['"text"', ['INVALID_BODY']],
    ['{"name":', ['INVALID_JSON']],
    ['', ['INVALID_JSON']],
  ];
  for (const [body, codes] of refused) {
    expect({ body, ...(await post(provider, '/webhook', body)) }).toMatchObject({
      body,
      status: 400,
      codes,
    });
  }
  for (const type of ['application/x-www-form-urlencoded', 'text/plain']) {
    expect(await post(provider, '/webhook', good, type)).toMatchObject({
      status: 415,
      codes: ['UNSUPPORTED_MEDIA_TYPE'],
    });
  }
  expect(await post(provider, '/webhook', { ...good, more: 'x'.repeat(70_000) })).toMatchObject({
    status: 413,
    codes: ['BODY_TOO_LARGE'],
  });
  expect(await post(provider, '/nowhere', good)).toMatchObject({
    status: 404,
    codes: ['NOT_FOUND'],
  });
});

test('the longest that is accepted is accepted, and members that we do not know are ignored', async () => {
  const provider = await start();
  const longest = { name: 'x'.repeat(255), callbackURL: `http://localhost/${'x'.repeat(238)}` };
  expect(longest.callbackURL).toHaveLength(255);
  expect((await post(provider, '/webhook', { ...longest, colour: 'red' })).status).toBe(200);
  const odd = '{"name": "abc", "callbackURL": "https://example.com/", "__proto__": {"x": 1}}';
  expect((await post(provider, '/webhook', odd)).status).toBe(200);
});

test('a secret is taken from the header, or from the body where the header is missing', async () => {
  const provider = await start();
  const [inHeader, inBody] = [1, 2].map(() => `whsec_${randomBytes(24).toString('base64')}`) as [
    string,
    string,
  ];
  for (const [headers, expected] of [
    [{ 'webhook-secret': inHeader }, inHeader],
    [{}, inBody],
  ] as const) {
    const customer = await startCustomer();
    const body = { name: `of ${expected}`, callbackURL: customer.url, secret: inBody };
    await post(provider, '/webhook', body, 'application/json', headers);
    const [event] = await someEvents(customer, 1);
    expect(event && createVerifier(expected)(event.body, event.headers)).toMatchObject({
      ok: true,
    });
  }
  const customer = await startCustomer();
  const { status, codes } = await register(provider, customer, { secret: 'whsec_short' });
  expect({ status, codes }).toEqual({ status: 400, codes: ['INVALID_SECRET'] });
});

test('a customer that refuses unknown members and knows no signatures stays enabled', async () => {
  const provider = await start();
  const statuses: number[] = [];
  const customer = await startCustomer(({ body }, response) => {
    const isStrict = Object.keys(JSON.parse(body)).toSorted().join() === 'contactNumber,type';
    statuses.push(isStrict ? 200 : 400);
    response.writeHead(statuses.at(-1) ?? 500).end();
  });
  expect((await register(provider, customer)).status).toBe(200);
  await waitFor(() => statuses.length >= 5, 'more events than failures that disable');
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect((await register(provider, customer)).codes).toEqual(['ALREADY_REGISTERED']);
});

test('events are signed with the secret that was registered, last of all', async () => {
  const provider = await start();
  const [first, second] = [1, 2].map(() => `whsec_${randomBytes(24).toString('base64')}`) as [
    string,
    string,
  ];
  const status = { now: 500 };
  const customer = await startCustomer(answering(status));
  await register(provider, customer, { secret: first });
  const [event] = await someEvents(customer, 3);
  expect(event && createVerifier(first)(event.body, event.headers)).toMatchObject({ ok: true });

  status.now = 200;
  await waitFor(
    async () => (await register(provider, customer, { secret: second })).status === 200,
    'the account to be enabled again',
  );
  const before = customer.received.length;
  const later = (await someEvents(customer, before + 3)).slice(before);
  for (const { body, headers } of later) {
    expect(createVerifier(second)(body, headers)).toMatchObject({ ok: true });
    expect(createVerifier(first)(body, headers)).toMatchObject({ ok: false });
  }
});
