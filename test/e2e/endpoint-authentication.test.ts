import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { DEFAULT_ORGANIZATION } from '../../src/operations/operations.ts';
import { apiCalls } from '../support/api-calls.ts';
import { attemptsOf, OWNER, publish, register } from '../support/app.ts';
import { type HttpApp, startHttpApp } from '../support/http-app.ts';
import { type Received, type Receiver, startReceiver } from '../support/receiver.ts';
import { SELF_SIGNED } from '../support/self-signed.ts';
import { waitFor } from '../support/wait-for.ts';

/** The authentication of requests to endpoints, set over HTTP and seen by the receiver. */
let app: HttpApp;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
  app = await startHttpApp({
    retrySchedule: [0, 0, 0],
    secretsKey: Buffer.alloc(32, 7).toString('base64'),
  });
});
afterAll(async () => {
  await app.close();
  await receiver.close();
});
beforeEach(() => {
  receiver.received.length = 0;
  receiver.answer = (_request, response) => void response.end();
});

const OWN = { organizationId: DEFAULT_ORGANIZATION };

async function endpointOf(uid: string): Promise<string> {
  const { applications, endpoints } = app.operations;
  await applications.create(OWN, { name: uid, uid });
  const url = receiver.url.replace('//', '//user:of-the-url@');
  const input = { url, uid: 'e', headers: { Authorization: 'of the headers' } };
  await endpoints.create(OWN, uid, input);
  return `/app/${uid}/endpoint/e`;
}

const { call } = apiCalls(() => app);

async function sentTo(uid: string): Promise<string | undefined> {
  const before = receiver.received.length;
  await app.operations.messages.create(OWN, uid, { eventType: 'a', payload: 1 });
  await waitFor(() => receiver.received.length > before, 'the webhook');
  return receiver.received.at(-1)?.headers.authorization;
}

it('basic and bearer authentication replace that of the URL and the headers', async () => {
  const path = `${await endpointOf('plain')}/authentication`;
  expect(await sentTo('plain')).toBe('of the headers');
  const basic = { type: 'basic', username: 'ű', password: 'p:w' };
  expect(await call('PUT', path, basic)).toEqual({ status: 204, body: null });
  expect(await call('GET', path)).toEqual({ status: 200, body: { type: 'basic', username: 'ű' } });
  expect(await sentTo('plain')).toBe(`Basic ${Buffer.from('ű:p:w').toString('base64')}`);
  await call('PUT', path, { type: 'bearer', token: 'T0' });
  expect(await call('GET', path)).toMatchObject({ body: { type: 'bearer', username: null } });
  expect(await sentTo('plain')).toBe('Bearer T0');
  await call('PATCH', '/app/plain/endpoint/e', { description: 'kept' });
  expect(await sentTo('plain')).toBe('Bearer T0');
  expect((await call('DELETE', path)).status).toBe(204);
  expect(await sentTo('plain')).toBe('of the headers');
});

it('OAuth 2: extra values of names that look secret are sent, but not shown', async () => {
  const path = await endpointOf('extra');
  const config = {
    ...OAUTH(),
    tokenUrl: `${receiver.url}token`,
    extraParams: { audience: 'hooks', api_key: 'K1' },
    extraHeaders: { 'X-Tenant': 'blue', 'X-Api-Key': 'K2' },
  };
  expect((await call('PUT', `${path}/oauth`, config)).status).toBe(204);
  const { body: shown } = await call('GET', `${path}/oauth`);
  expect(shown).toMatchObject({
    extraParams: { audience: 'hooks', api_key: '***' },
    extraHeaders: { 'X-Tenant': 'blue', 'X-Api-Key': '***' },
  });
  const exported = JSON.stringify(await app.operations.configuration.export(OWN));
  expect(exported).toContain('"audience":"hooks"');
  expect(exported).not.toMatch(/K[12]/);

  expect((await call('PUT', `${path}/oauth`, shown)).status).toBe(204);
  receiver.answer = ({ path: asked }, response) =>
    response.end(asked === '/token' ? '{"access_token":"T"}' : '');
  await app.operations.messages.create(OWN, 'extra', { eventType: 'a', payload: 1 });
  await waitFor(() => receiver.received.length === 2, 'a token request and a webhook');
  expect(receiver.received[0]).toMatchObject({
    body: expect.stringContaining('api_key=K1') as string,
    headers: { 'x-api-key': 'K2' },
  });
});

it('OAuth 2 uses one token for many messages, another after a 401, and shows no secret', async () => {
  const path = await endpointOf('oauth');
  const config = {
    grantType: 'clientCredentials',
    authMethod: 'clientSecretPost',
    clientId: 'me',
    tokenUrl: `${receiver.url}token`,
    scopes: ['hooks'],
  };
  expect((await call('GET', `${path}/oauth`)).status).toBe(404);
  expect((await call('PUT', `${path}/oauth`, config)).status).toBe(422);
  const secret = 'never shown';
  const tokenUrl = config.tokenUrl.replace('//', '//gate:open@');
  const put = await call('PUT', `${path}/oauth`, { ...config, tokenUrl, clientSecret: secret });
  expect(put).toEqual({ status: 204, body: null });
  expect((await call('PUT', `${path}/oauth`, config)).status).toBe(204);
  const shown = { ...config, extraParams: null, extraHeaders: null };
  expect(await call('GET', `${path}/oauth`)).toEqual({ status: 200, body: shown });
  expect(await call('GET', `${path}/oauth-config`)).toEqual({
    status: 200,
    body: { enabled: true, config: shown },
  });
  expect(JSON.stringify(await call('GET', path))).not.toContain(secret);

  let tokens = 0;
  let accepted = 'Bearer T1';
  receiver.answer = ({ path: asked, headers }, response) => {
    if (asked === '/token') response.end(JSON.stringify({ access_token: `T${++tokens}` }));
    else response.writeHead(headers.authorization === accepted ? 200 : 401).end();
  };
  const hooks = () => receiver.received.filter(({ path: asked }) => asked === '/');
  const message = { eventType: 'a', payload: 1 };
  const { messages } = app.operations;
  await Promise.all(Array.from({ length: 5 }, () => messages.create(OWN, 'oauth', message)));
  await waitFor(() => hooks().length === 5, 'five webhooks');
  expect(tokens).toBe(1);
  expect(receiver.received[0]).toMatchObject({
    body: expect.stringContaining('client_secret=never+shown') as string,
    headers: { authorization: `Basic ${Buffer.from('gate:open').toString('base64')}` },
  });
  accepted = 'Bearer T2';
  await messages.create(OWN, 'oauth', message);
  await waitFor(() => hooks().length === 7, 'the refused attempt and the next one');
  expect(hooks().map(({ headers }) => headers.authorization)).toEqual([
    ...Array<string>(6).fill('Bearer T1'),
    'Bearer T2',
  ]);
  expect((await call('DELETE', `${path}/oauth`)).status).toBe(204);
  expect(await call('GET', `${path}/oauth-config`)).toMatchObject({
    body: { enabled: false, config: null },
  });
});

it('without a token nothing is sent, and the attempt says why', async () => {
  const ids = await register(app, { url: receiver.url }, 'no-token');
  await app.operations.endpoints.setOauth(OWNER, ids.app, ids.endpoint, {
    grantType: 'clientCredentials',
    authMethod: 'clientSecretBasic',
    clientId: 'me',
    clientSecret: 's',
    tokenUrl: `${receiver.url}token`,
  });
  receiver.answer = (_request, response) => response.writeHead(400).end('{"error":"bad"}');
  const { id } = await publish(app, ids.app, 1);
  const [attempt] = await attemptsOf(app, ids.app, id, 1);
  expect(attempt).toMatchObject({
    failure: 'authorization',
    responseStatusCode: 0,
    detail: `the token endpoint ${receiver.url}token answered 400, bad`,
  });
  expect(receiver.received.every(({ path }) => path === '/token')).toBe(true);
});

it('client certificates and authorities are checked when they are written', async () => {
  const path = `${await endpointOf('mtls')}/mtls`;
  const { cert, key } = SELF_SIGNED;
  expect(await call('GET', `${path}-config`)).toMatchObject({ body: { enabled: false } });
  const given = { identity: `${cert}\n${key}`, authorities: cert };
  expect(await call('PUT', path, given)).toEqual({ status: 204, body: null });
  const shown = { subject: 'CN=receiver.test', issuer: 'CN=receiver.test' };
  expect(await call('GET', path)).toMatchObject({
    status: 200,
    body: { certificates: [shown], authorities: [shown] },
  });
  expect(JSON.stringify(await call('GET', `${path}-config`))).not.toContain('BEGIN');
  expect((await call('DELETE', path)).status).toBe(204);
  expect(await call('GET', path)).toMatchObject({ body: { certificates: [] } });
});

const SIGNATURE = {
  headers: { 'X-Acme-Signature': 't={timestamp},v1={signature}', 'X-Acme-Id': '{id}' },
  content: '{timestamp}.{body}',
};

it('a signature in the form of another provider is sent beside the standard one', async () => {
  const path = `${await endpointOf('signed')}/signature`;
  expect((await call('GET', path)).status).toBe(404);
  const config = async () => (await call('GET', `${path}-config`)).body;
  expect(await config()).toEqual({ enabled: false, config: null });
  const put = await call('PUT', path, { ...SIGNATURE, secret: 'never shown' });
  expect(put).toEqual({ status: 204, body: null });
  expect((await call('PUT', path, SIGNATURE)).status).toBe(204);
  const defaults = { algorithm: 'hmac-sha256', encoding: 'hex', join: null };
  const shown = { ...SIGNATURE, ...defaults, hasSecret: true };
  expect(await call('GET', path)).toEqual({ status: 200, body: shown });
  expect(await config()).toEqual({ enabled: true, config: shown });
  await sentTo('signed');
  const [{ headers, body }] = receiver.received as [Received];
  const timestamp = String(headers['webhook-timestamp']);
  const v1 = createHmac('sha256', 'never shown').update(`${timestamp}.${body}`).digest('hex');
  expect(headers).toMatchObject({
    'x-acme-signature': `t=${timestamp},v1=${v1}`,
    'x-acme-id': headers['webhook-id'],
    'webhook-signature': expect.stringMatching(/^v1,/),
  });
  await call('PUT', path, { ...SIGNATURE, secret: null });
  expect(await call('GET', path)).toMatchObject({ body: { hasSecret: false } });
  expect((await call('DELETE', path)).status).toBe(204);
  await sentTo('signed');
  expect(receiver.received.at(-1)?.headers).not.toHaveProperty('x-acme-id');
});

type Refusal = [name: string, body: object, field: string[], message: string];

it.each<Refusal>([
  ['authentication', {}, ['type'], '"basic" or "bearer"'],
  ['authentication', { type: 'basic', username: 'a:b', password: '' }, ['username'], 'colon'],
  ['authentication', { type: 'basic', username: 'a', password: '\n' }, ['password'], 'control'],
  ['authentication', { type: 'bearer', token: 'a b' }, ['token'], 'without blanks'],
  ['oauth', { ...OAUTH(), grantType: 'refreshToken' }, ['grantType'], 'not supported'],
  ['oauth', { ...OAUTH(), authMethod: 'clientSecretJwt' }, ['authMethod'], 'clientSecretBasic'],
  ['oauth', { ...OAUTH(), jwtParams: { secretBase64: '' } }, ['jwtParams'], 'not supported'],
  ['oauth', { ...OAUTH(), tokenUrl: 'http://10.0.0.1/' }, ['tokenUrl'], 'allowNetworks'],
  [
    'oauth',
    { ...OAUTH(), authMethod: 'clientSecretBasic', tokenUrl: 'http://u:p@127.0.0.1/' },
    ['tokenUrl'],
    'no user name and password',
  ],
  ['oauth', { ...OAUTH(), scopes: ['a b'] }, ['scopes', '0'], 'is not a valid scope'],
  [
    'oauth',
    { ...OAUTH(), extraHeaders: { 'a b': 'c' } },
    ['extraHeaders', 'a b'],
    'not a valid header name',
  ],
  ...['content-length', 'Transfer-Encoding', 'host', 'Connection', 'expect'].map(
    (name): Refusal => [
      'oauth',
      { ...OAUTH(), extraHeaders: { [name]: '5' } },
      ['extraHeaders', name],
      'set by the server',
    ],
  ),
  [
    'oauth',
    { ...OAUTH(), authMethod: 'clientSecretBasic', extraHeaders: { authorization: 'x' } },
    ['extraHeaders', 'authorization'],
    'cannot be set with clientSecretBasic',
  ],
  [
    'oauth',
    { ...OAUTH(), extraHeaders: { 'Content-type': 'text/xml' } },
    ['extraHeaders', 'Content-type'],
    'cannot be overridden',
  ],
  [
    'oauth',
    { ...OAUTH(), authMethod: 'clientSecretPost', extraParams: { client_secret: 'x' } },
    ['extraParams', 'client_secret'],
    'set by another field',
  ],
  [
    'oauth',
    { ...OAUTH(), extraHeaders: { 'X-Api-Key': '***' } },
    ['extraHeaders', 'X-Api-Key'],
    'no value is stored',
  ],
  ['signature', { ...SIGNATURE, content: '{timestamp}' }, ['content'], '{body} once'],
  ['signature', { ...SIGNATURE, content: '{body}{x}' }, ['content'], 'braces only in'],
  ['signature', { ...SIGNATURE, headers: { 'X-A': 'a' } }, ['headers'], '{signature} in one'],
  [
    'signature',
    { ...SIGNATURE, headers: { 'webhook-id': '{signature}' } },
    ['headers', 'webhook-id'],
    'set by the server',
  ],
  ['mtls', {}, ['identity'], 'is required'],
  ['mtls', { identity: SELF_SIGNED.key }, ['identity'], 'no certificate'],
  ['mtls', { identity: SELF_SIGNED.cert }, ['identity'], 'no private key'],
  ['mtls', { authorities: SELF_SIGNED.cert.replace('MII', 'AAA') }, ['authorities'], 'malformed'],
])('refuses %s %j', async (name, body, field, message) => {
  const { applications, endpoints } = app.operations;
  await applications.create(OWN, { name: 'refusals', uid: 'refusals' }, { getIfExists: true });
  await endpoints.update(OWN, 'refusals', 'e', { url: receiver.url });
  expect(await call('PUT', `/app/refusals/endpoint/e/${name}`, body)).toMatchObject({
    status: 422,
    body: { detail: [{ loc: ['body', ...field], msg: expect.stringContaining(message) }] },
  });
});

function OAUTH() {
  return {
    grantType: 'clientCredentials',
    authMethod: 'clientSecretBasic',
    clientId: 'me',
    clientSecret: 's',
    tokenUrl: 'https://login.example/token',
  };
}
