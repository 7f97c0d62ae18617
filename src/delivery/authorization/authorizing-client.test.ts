import { beforeEach, expect, test } from 'vitest';
import { NOTHING } from '../../../test/support/delivery-parts.ts';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import type { ClientCredentials } from '../../domain/authentication.ts';
import type { ExchangeResult, HttpClient, HttpRequest } from '../http-client/http-client.ts';
import { createAuthorizingClient } from './authorizing-client.ts';

const CREDENTIALS: ClientCredentials = {
  type: 'oauth2',
  tokenUrl: 'https://login.test/token?a=1',
  clientId: 'id +',
  clientSecret: 'se:cret',
  authMethod: 'clientSecretBasic',
  scopes: ['read', 'write'],
  extraParams: { audience: 'hooks' },
  extraHeaders: { 'X-Tenant': '7' },
};
const HEAD = 'POST /hook HTTP/1.1\r\nHost: receiver.test\r\n\r\n';

interface Posted {
  readonly request: HttpRequest;
  readonly respond: (result: Partial<ExchangeResult>) => void;
}

let clock: ManualClock;
let posted: Posted[];
let results: ExchangeResult[];
let client: HttpClient;
beforeEach(() => {
  clock = new ManualClock();
  posted = [];
  results = [];
  const httpClient: HttpClient = {
    post: (request, onResult) =>
      posted.push({ request, respond: (result) => onResult({ ...NOTHING, ...result }) }),
    abandon() {},
    stop() {},
  };
  client = createAuthorizingClient({ httpClient, clock, userAgent: 'test' });
});

function send(credentials: ClientCredentials | null = CREDENTIALS, deadlineMs = 15_000): void {
  const request = {
    origin: 'https://receiver.test',
    head: HEAD,
    body: Buffer.alloc(0),
    deadlineMs,
  };
  client.post({ ...request, credentials }, (result) => results.push(result));
}

function answerToken(answer: object, statusCode = 200): void {
  posted.shift()?.respond({ statusCode, response: JSON.stringify(answer) });
}

const authorizations = () =>
  posted.map(({ request }) => /\r\nAuthorization: ([^\r]*)\r\n/.exec(request.head)?.[1]);
const nextTick = () => new Promise((resolve) => process.nextTick(resolve));

test('a request without credentials passes through', () => {
  send(null);
  expect(posted[0]?.request.head).toBe(HEAD);
});

test('attempts at the same time share one token request', () => {
  for (let i = 0; i < 3; i++) send();
  expect(posted).toHaveLength(1);
  const { origin, head, body } = posted[0]?.request ?? { origin: '', head: '', body: '' };
  expect(origin).toBe('https://login.test');
  expect(head).toMatch(/^POST \/token\?a=1 HTTP\/1.1\r\nHost: login.test\r\n/);
  expect(head).toContain('\r\nX-Tenant: 7\r\n');
  const basic = Buffer.from('id+%2B:se%3Acret').toString('base64');
  expect(authorizations()).toEqual([`Basic ${basic}`]);
  expect(body.toString()).toBe('audience=hooks&grant_type=client_credentials&scope=read+write');

  clock.advance(2_000);
  answerToken({ access_token: 'T1', token_type: 'Bearer', expires_in: 3600 });
  expect(authorizations()).toEqual(['Bearer T1', 'Bearer T1', 'Bearer T1']);
  expect(posted[0]?.request.head.endsWith('\r\nAuthorization: Bearer T1\r\n\r\n')).toBe(true);
  expect(posted[0]?.request.deadlineMs).toBe(13_000);
});

test('the id and secret can go in the body', () => {
  send({ ...CREDENTIALS, authMethod: 'clientSecretPost', scopes: null, extraParams: null });
  expect(authorizations()).toEqual([undefined]);
  expect(posted[0]?.request.body.toString()).toBe(
    'grant_type=client_credentials&client_id=id+%2B&client_secret=se%3Acret',
  );
});

test('a header is sent once, in whichever case it is given', () => {
  send({ ...CREDENTIALS, extraHeaders: { 'user-agent': 'mine', ACCEPT: 'text/plain' } });
  const head = posted[0]?.request.head ?? '';
  expect(head).toContain('\r\nuser-agent: mine\r\n');
  expect(head.match(/\r\n(user-agent|accept|authorization):/gi)).toHaveLength(3);
});

test.each(['content-length', 'Transfer-Encoding', 'expect', 'a b'])(
  'a stored header %j that frames the request is not sent',
  async (name) => {
    send({ ...CREDENTIALS, extraHeaders: { [name]: 'chunked' } });
    await nextTick();
    expect(posted).toEqual([]);
    expect(results).toMatchObject([{ failure: 'authorization' }]);
  },
);

test('a token is used until a minute before it expires', () => {
  send();
  answerToken({ access_token: 'T1', expires_in: '3600' });
  posted = [];
  clock.advance(3_539_000);
  send();
  expect(authorizations()).toEqual(['Bearer T1']);
  posted = [];
  clock.advance(1_000);
  send();
  answerToken({ access_token: 'T2' });
  expect(authorizations()).toEqual(['Bearer T2']);
});

test('a token that the receiver refuses is replaced before the next attempt', () => {
  send();
  answerToken({ access_token: 'T1' });
  posted.shift()?.respond({ statusCode: 401 });
  expect(results).toMatchObject([{ statusCode: 401, failure: null }]);
  send();
  answerToken({ access_token: 'T2' });
  expect(authorizations()).toEqual(['Bearer T2']);
});

test.each([
  [{ error: 'invalid_client' }, 401, 'https://login.test/token?a=1 answered 401, invalid_client'],
  [{ access_token: 'a b' }, 200, 'without an access_token'],
  [{}, 200, 'without an access_token'],
  [[], 204, 'answered 204'],
  [{ access_token: 'T', token_type: 'mac' }, 200, 'type is not Bearer'],
])('without a token the attempt fails, for a second: %j', async (answer, status, detail) => {
  send();
  answerToken(answer, status);
  send();
  await nextTick();
  expect(posted).toEqual([]);
  const failed = { statusCode: null, failure: 'authorization', response: '' };
  expect(results).toMatchObject([failed, failed]);
  expect(results[1]?.detail).toContain(detail);
  clock.advance(1_000);
  send();
  expect(posted).toHaveLength(1);
});

test('a redirect names its Location', () => {
  send();
  posted.shift()?.respond({ statusCode: 308, location: 'https://login.example/token' });
  expect(results[0]?.detail).toMatch(/answered 308 with Location: https:\/\/login.example\/token$/);
});

test('an answer with a byte order mark has a token; of one that was cut the reason is told', () => {
  send();
  posted.shift()?.respond({ statusCode: 200, response: '\uFEFF{"access_token":"T1"}' });
  expect(authorizations()).toEqual(['Bearer T1']);
  send({ ...CREDENTIALS, clientId: 'other' });
  posted.at(-1)?.respond({ statusCode: 200, response: '{"access', detail: 'the body was cut' });
  expect(results).toMatchObject([
    {
      failure: 'authorization',
      detail: expect.stringMatching(/4 KiB: the body was cut$/) as string,
    },
  ]);
});

test('a token endpoint that hangs costs an attempt its own deadline', () => {
  send(CREDENTIALS, 1_000);
  send(CREDENTIALS, 5_000);
  clock.advance(1_000);
  expect(results).toMatchObject([
    { failure: 'authorization', detail: 'there was no access token before the deadline' },
  ]);
  answerToken({ access_token: 'T1' });
  expect(authorizations()).toEqual(['Bearer T1']);
  expect(clock.pending).toBe(0);
});

test('a shortage on this machine is not a failure of the receiver', () => {
  send();
  posted.shift()?.respond({ failure: 'connection', localShortage: true });
  expect(results).toMatchObject([{ localShortage: true }]);
});
