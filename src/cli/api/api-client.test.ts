import { once } from 'node:events';
import { type OutgoingHttpHeaders, type RequestListener, createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { SELF_SIGNED } from '../../../test/support/self-signed.ts';
import { PassingError, UserError } from '../user-error.ts';
import { createApiClient } from './api-client.ts';
import { refusalOf } from './refusal.ts';

const ASKED = { method: 'GET', path: '/api/v1/app' };

async function clientOf(answer: RequestListener, scheme = 'http', mostBytes = 1_024) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const connection = { server: `${scheme}://127.0.0.1:${port}`, token: 'x', source: 'the server' };
  return createApiClient(connection, { mostBytes });
}

function answering(status: number, headers: OutgoingHttpHeaders, body: string): RequestListener {
  return (_request, response) => response.writeHead(status, headers).end(body);
}

const HTML = { 'content-type': 'text/html' };
const JSON_TYPE = { 'content-type': 'application/json' };

test.each([
  ['a page', 200, HTML, '<html>', /answered 200 with text\/html, which is not the API of Posth/],
  [
    'a page of a proxy',
    502,
    HTML,
    '<html>',
    /answered 502 with text\/html.* does a proxy answer\?/,
  ],
  [
    'another address',
    301,
    { location: 'https://b.test/' },
    '',
    /redirects to https:\/\/b\.test\/:/,
  ],
  ['too much', 200, JSON_TYPE, 'x'.repeat(2_000), /is larger than 0 MB: request less/],
] as const)(
  'the answer of something else is an error in words: %s',
  async (_what, status, headers, body, message) => {
    const client = await clientOf(answering(status, headers, body));
    const error: unknown = await client.request(ASKED).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    // `listen` and `tail` go on after a passing error.
    expect(error instanceof PassingError).toBe(status >= 500);
    expect((error as Error).message).toMatch(message);
  },
);

test('returns an answer of the API whatever its status, with the time to wait', async () => {
  const headers = { ...JSON_TYPE, 'retry-after': '7' };
  const busy = await clientOf(answering(503, headers, '{"code":"stopping","detail":"Stopping"}'));
  const answer = await busy.request(ASKED);
  expect(answer).toMatchObject({ status: 503, retryAfterMs: 7_000 });
  const refusal = refusalOf(answer);
  expect(refusal).toMatchObject({ retryAfterMs: 7_000 });
  expect(refusal).toBeInstanceOf(PassingError);
  expect(refusal.message).toBe(
    'Stopping (stopping)\n  Try again in 7 s. The process is being replaced',
  );
  const empty = await clientOf(answering(204, {}, ''));
  expect(await empty.request(ASKED)).toEqual({ status: 204, text: '', retryAfterMs: null });
});

test('waits for a hanging server until the deadline', async () => {
  const client = await clientOf(() => {});
  await expect(client.request({ ...ASKED, withinMs: 50 })).rejects.toThrow(
    /no answer from http:\S+ within 0\.05 s\. Is the server overloaded/,
  );
});

test('names the cause when http meets https, and the other way round', async () => {
  const plain = await clientOf(answering(200, JSON_TYPE, '{}'), 'https');
  await expect(plain.request(ASKED)).rejects.toThrow(/does not speak TLS\. Is it http:\/\/\?/);

  const other = createTcpServer((socket) => socket.end('\u0015\u0003\u0001\u0000\u0002\u0002F'));
  await once(other.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void other.close());
  const server = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  const client = createApiClient({ server, token: 'x', source: 'the server' });
  await expect(client.request(ASKED)).rejects.toThrow(/does not answer in HTTP\. Is it https:/);
});

test('refuses an untrusted certificate', async () => {
  const trusted = createTlsServer(SELF_SIGNED, answering(200, JSON_TYPE, '{}'));
  await once(trusted.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void trusted.close());
  const server = `https://127.0.0.1:${(trusted.address() as AddressInfo).port}`;
  const client = createApiClient({ server, token: 'x', source: 'the server' });
  await expect(client.request(ASKED)).rejects.toThrow(
    /the certificate of https:\S+ is not trusted: .*NODE_EXTRA_CA_CERTS=FILE/,
  );
});

test('a refused connection and a missing name are passing errors', async () => {
  for (const [server, message] of [
    ['http://127.0.0.1:2', /ECONNREFUSED.*\. Is the profile running\?/],
    ['http://nobody.invalid', /nobody\.invalid\. Is the name right\?/],
  ] as const) {
    const client = createApiClient({ server, token: 'x', source: 'the profile' });
    const error: unknown = await client.request(ASKED).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PassingError);
    expect((error as Error).message).toMatch(message);
  }
});

test('a token that cannot be sent in a header is not shown', () => {
  const connection = { server: 'http://a.test', token: 'secret\nsecret', source: 'the server' };
  expect(() => createApiClient(connection)).toThrow(/^The token is empty or contains a character/);
});
