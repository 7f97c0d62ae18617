import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { beforeAll, afterAll, expect, test } from 'vitest';
import { createApiServer } from './api-server.ts';

const server = createApiServer(pino({ enabled: false }), 'not now');
beforeAll(async () => {
  server.post('/', (_request, reply) => reply.send());
  server.get('/defect', () => {
    throw Object.assign(new Error('of the disk'), { code: 'ENOSPC' });
  });
  server.get('/stopping', () => {
    throw Object.assign(new Error('stops'), { code: 'stopping', status: 503 });
  });
  server.get('/forbidden', () => {
    throw Object.assign(new Error('no folders'), { statusCode: 403 });
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => server.close());

test.each([
  ['GET', '/nowhere', 404, 'NOT_FOUND'],
  ['GET', '/%', 400, 'BAD_REQUEST'],
  ['GET', '/forbidden', 403, 'FORBIDDEN'],
  ['GET', '/defect', 500, 'INTERNAL'],
  ['GET', '/stopping', 503, 'STOPPING'],
  ['POST', '/', 415, 'UNSUPPORTED_MEDIA_TYPE', { 'content-type': 'text/plain' }, '{}'],
  ['POST', '/', 400, 'INVALID_JSON', { 'content-type': 'application/json' }, '{'],
  ['POST', '/', 413, 'BODY_TOO_LARGE', { 'content-type': 'application/json' }, ' '.repeat(70_000)],
] as const)(
  '%s %s is answered %d as an array: %s',
  async (...[method, url, status, code, ...more]) => {
    const [headers = {}, body = ''] = more;
    const answer = await server.inject({ method, url, headers, body });
    const message = status >= 500 ? 'not now' : expect.stringMatching(/./);
    expect([answer.statusCode, answer.json()]).toEqual([status, [{ errorCode: code, message }]]);
  },
);

test.each([
  ['what is no HTTP', 'nonsense\r\n\r\n', 400, 'BAD_REQUEST'],
  [
    'headers without an end',
    `GET / HTTP/1.1\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`,
    431,
    'REQUEST_HEADER_FIELDS_TOO_LARGE',
  ],
])('%s is answered in the same form', async (_name, bytes, status, code) => {
  const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(bytes);
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
  expect(head).toContain(`HTTP/1.1 ${status} `);
  expect(JSON.parse(body)).toMatchObject([{ errorCode: code }]);
});

const LARGE = ' '.repeat(10_000_000);

test.each([
  ['a body above the limit', 'POST / HTTP/1.1', 413, 'BODY_TOO_LARGE'],
  ['the same on a connection that ends', 'POST /nowhere HTTP/1.0', 413, 'BODY_TOO_LARGE'],
])('a client that has not read yet gets the answer to %s', async (_name, line, status, code) => {
  const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  const head = [
    line,
    'host: a',
    'content-type: application/json',
    `content-length: ${LARGE.length}`,
  ];
  const written = promisify<string, void>((part, done) => void socket.write(part, done));
  await written(`${head.join('\r\n')}\r\n\r\n`);
  for (let at = 0; at < LARGE.length; at += 1_000_000)
    await written(LARGE.slice(at, at + 1_000_000));
  const [answer = '', body = ''] = (await text(socket)).split('\r\n\r\n');
  expect(answer).toContain(`HTTP/1.1 ${status} `);
  expect(JSON.parse(body)).toMatchObject([{ errorCode: code }]);
});
