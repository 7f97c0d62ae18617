import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULT_ORGANIZATION } from '../../src/operations/operations.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import { waitFor } from '../support/wait-for.ts';

/** Bodies above the limit, and contradictory header lines. */
let server: ApiServer;
let headers: Record<string, string>;

beforeAll(async () => {
  server = await startApiServer({ bodyLimitBytes: 20_000 });
  const token = await server.issue({ organizationId: DEFAULT_ORGANIZATION });
  headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  await fetch(`${server.url}/api/v1/app`, {
    method: 'POST',
    headers,
    body: '{"name":"Large","uid":"large"}',
  });
});
afterAll(() => server.stop());

const PART = 1_000_000;
const LARGE = JSON.stringify({ name: 'x'.repeat(10_000_000) });

async function upload(line: string, lines: readonly string[]): Promise<string> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  await once(socket, 'connect');
  const head = [line, ...lines, `Content-Length: ${LARGE.length}`];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  const written = promisify<string, void>((part, done) => void socket.write(part, done));
  for (let at = 0; at < LARGE.length; at += PART) await written(LARGE.slice(at, at + PART));
  return text(socket);
}

it.each(['/app', '/app/large/msg', '/app/large/endpoint'])(
  'a client that sends ten megabytes to %s before it reads gets the 413',
  async (path) => {
    const answer = await upload(`POST /api/v1${path} HTTP/1.1`, [
      'Host: a.example',
      `Authorization: ${headers['authorization']}`,
      'Content-Type: application/json',
    ]);
    expect(answer).toMatch(/^HTTP\/1\.1 413 .*payload_too_large/s);
  },
);

it.each([
  ['POST /api/v1/app HTTP/1.1', ['Host: a', 'Connection: close'], 401],
  ['POST /api/v1/nothing HTTP/1.1', ['Host: a', 'Connection: close'], 404],
  ['POST /api/v1/app/% HTTP/1.1', ['Host: a', 'Connection: close'], 404],
  ['POST /docs HTTP/1.1', ['Host: a', 'Connection: close'], 405],
  ['POST /api/v1/app HTTP/1.0', [], 401],
  ['POST /api/v1/app HTTP/1.1', ['Host: a', 'Host: b', 'Connection: close'], 400],
  ['POST /api/v1/app HTTP/1.1', ['Connection: close'], 400],
  ['POST /api/v1/app HTTP/1.1', ['Host: a', 'Expect: x'], 417],
])('so it gets other refusals on a connection that ends: %s %j', async (line, lines, status) => {
  expect(await upload(line, lines)).toMatch(new RegExp(`^HTTP/1.1 ${status} .*"code":`, 's'));
});

it('so does fetch, with a body in chunks', async () => {
  const body = Readable.toWeb(Readable.from([Buffer.from(LARGE)]));
  const init = { method: 'POST', headers, body, duplex: 'half' } as RequestInit;
  expect((await fetch(`${server.url}/api/v1/app`, init)).status).toBe(413);
});

it.each([
  ['GET /api/v1/app', ''],
  ['POST /api/v1/app/large/msg', '{"eventType":"a","payload":{}}'],
  ['GET /api/v1/health', ''],
])('two Host lines are 400: %s', async (line, body) => {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  await once(socket, 'connect');
  const head = [
    `${line} HTTP/1.1`,
    'Host: a.example',
    `Authorization: ${headers['authorization']}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    'host: b.example',
    'Connection: close',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 .*malformed_request/s);
});

it.each([
  ['POST /api/v1/nothing', ['Host: b']],
  ['PROPFIND /api/v1/app', ['Host: b']],
  ['POST /api/v1/nothing', []],
  ['PROPFIND /api/v1/app', []],
  ['POST /api/v1/app', ['Host: b']],
  ['POST /api/v1/app', []],
  ['POST /api/v1/app/%', []],
  ['POST /docs', []],
])(
  'a client that leaves before its refused body has arrived is no defect: %s %j',
  async (line, more) => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    await once(socket, 'connect');
    const head = [`${line} HTTP/1.1`, 'Host: a', ...more, 'Connection: close', 'Content-Length: 9'];
    socket.write(`${head.join('\r\n')}\r\n\r\n1234`);
    const accepted = await waitFor(() => server.accepted.at(-1), 'the connection');
    await waitFor(() => accepted.bytesRead > head.join().length, 'its bytes');
    socket.destroy();
    await waitFor(() => accepted.destroyed, 'its end');
    await new Promise((resolve) => setImmediate(resolve));
    expect(server.logged.splice(0)).toEqual([]);
  },
);
