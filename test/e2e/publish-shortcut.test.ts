import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { Svix } from 'svix';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { DEFAULT_ORGANIZATION } from '../../src/operations/operations.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';

/** Byte by byte: what a client can send on one connection, and which way it is answered. */
const principal = { organizationId: DEFAULT_ORGANIZATION };
let server: ApiServer;
let token: string;
let open: Connection[] = [];

beforeAll(async () => {
  server = await startApiServer({ bodyLimitBytes: 20_000 });
  token = await server.issue(principal);
  await server.operations.applications.create(principal, { name: 'A', uid: 'a' });
});
afterEach(() => {
  for (const { socket } of open) socket.destroy();
  open = [];
});
afterAll(() => server.stop());

interface Answer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

interface Connection {
  readonly socket: Socket;
  send(bytes: Buffer): void;
  answer(): Promise<Answer>;
  exchange(bytes: Buffer): Promise<Answer>;
}

async function dial(url = server.url): Promise<Connection> {
  const socket = connect({
    port: Number(new URL(url).port),
    host: '127.0.0.1',
    noDelay: true,
  });
  await once(socket, 'connect');
  let bytes = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => (bytes = Buffer.concat([bytes, chunk])));
  const answer = async () => {
    for (;;) {
      const headEnd = bytes.indexOf('\r\n\r\n');
      const head = bytes.toString('latin1', 0, headEnd);
      const end = headEnd + 4 + Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (headEnd >= 0 && bytes.length >= end) {
        const body = bytes.toString('utf8', headEnd + 4, end);
        bytes = bytes.subarray(end);
        return { status: Number(head.slice(9, 12)), head, body };
      }
      await once(socket, 'data');
    }
  };
  const connection: Connection = {
    socket,
    send: (sent) => void socket.write(sent),
    answer,
    exchange(sent) {
      socket.write(sent);
      return answer();
    },
  };
  open.push(connection);
  return connection;
}

function request({
  method = 'POST',
  path = '/app/a/msg',
  version = '1.1',
  as = token,
  type = 'application/json',
  more = [] as string[],
  body = '{"eventType":"a.b","payload":{"n":1.0}}',
} = {}): Buffer {
  const fields = [
    `${method} /api/v1${path} HTTP/${version}`,
    'host: localhost',
    `authorization: Bearer ${as}`,
    `content-type: ${type}`,
    `content-length: ${Buffer.byteLength(body)}`,
    ...more,
  ];
  return Buffer.from(`${fields.join('\r\n')}\r\n\r\n${body}`);
}

/** What `work` answers, and how many requests went through `node:http` meanwhile. */
async function seen<T>(work: () => Promise<T>): Promise<[T, number]> {
  const before = server.requests();
  const result = await work();
  return [result, server.requests() - before];
}

const idOf = ({ body }: Answer) => (JSON.parse(body) as { id: string }).id;
const masked = (text: string) =>
  text
    .replace(/msg_\w{27}/, 'ID')
    .replace(/"timestamp":"[^"]+"/, 'AT')
    .replace(/Date: \w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT/, 'DATE');

it('answers a plain publish by itself, to the byte as Fastify would', async () => {
  for (const payload of ['{"n":1.0}', '{"name":"Zoë 😀"}', '"\\u00e9"']) {
    const body = `{"eventType":"a.b", "payload":${payload}}`;
    const [ours, none] = await seen(async () => (await dial()).exchange(request({ body })));
    expect(none).toBe(0);
    const usual = request({ body, path: '/app/a/msg?' });
    const [theirs, one] = await seen(async () => (await dial()).exchange(usual));
    expect(one).toBe(1);
    expect(masked(ours.head)).toBe(masked(theirs.head));
    expect(masked(ours.body)).toBe(masked(theirs.body));
    expect(ours.body).toContain(`"payload":${payload}}`);
    const stored = await server.operations.messages.get(principal, 'a', idOf(ours));
    expect(stored.payload).toBe(payload);
  }
});

it('answers one after another on one connection', async () => {
  const connection = await dial();
  const [ids, others] = await seen(async () => {
    const found = new Set<string>();
    for (let n = 0; n < 20; n++) found.add(idOf(await connection.exchange(request())));
    return found;
  });
  expect(ids.size).toBe(20);
  expect(others).toBe(0);
});

it('knows a token that it has not seen before', async () => {
  const as = await server.issue({ ...principal, expiresInSeconds: 77 });
  const [{ status }, others] = await seen(async () => (await dial()).exchange(request({ as })));
  expect([status, others]).toEqual([202, 0]);
});

it('leaves the payload out when it is not wanted', async () => {
  const [answer, others] = await seen(async () =>
    (await dial()).exchange(request({ path: '/app/a/msg?with_content=false' })),
  );
  expect(answer.body).toContain('"payload":{}}');
  expect(others).toBe(0);
});

it('knows an idempotency key again', async () => {
  const connection = await dial();
  const more = ['idempotency-key: a key'];
  const [[first, second], others] = await seen(async () => [
    await connection.exchange(request({ more })),
    await connection.exchange(request({ more })),
  ]);
  expect(idOf(second)).toBe(idOf(first));
  expect(others).toBe(0);
});

const bad = 'eyJhbGciOiJIUzI1NiJ9.e30.AAAA';

it.each<[what: string, status: number, bytes: () => Buffer]>([
  ['a list', 200, () => request({ method: 'GET', body: '' })],
  ['another query', 202, () => request({ path: '/app/a/msg?' })],
  ['a query that is not valid', 422, () => request({ path: '/app/a/msg?with_content=1' })],
  ['a token that is not valid', 401, () => request({ as: bad })],
  ['an application that does not exist', 404, () => request({ path: '/app/b/msg' })],
  ['a body that is not JSON', 422, () => request({ body: '{"eventType":' })],
  ['a field that is not accepted', 422, () => request({ body: '{"eventType":"a b","payload":1}' })],
  [
    'an eventId that exists',
    409,
    () => request({ body: '{"eventType":"a","eventId":"1","payload":1}' }),
  ],
  ['another type', 415, () => request({ type: 'text/plain' })],
])('after %s, node:http has the connection', async (_what, status, bytes) => {
  await (await dial()).exchange(request({ body: '{"eventType":"a","eventId":"1","payload":1}' }));
  const connection = await dial();
  const [answers, others] = await seen(async () => [
    await connection.exchange(request()),
    await connection.exchange(bytes()),
    await connection.exchange(request()),
  ]);
  expect(answers.map((answer) => answer.status)).toEqual([202, status, 202]);
  expect(others).toBe(2);
});

it.each<[what: string, status: number, bytes: () => Buffer]>([
  ['the wish to close', 202, () => request({ more: ['connection: close'] })],
  ['HTTP/1.0', 202, () => request({ version: '1.0' })],
  ['a body that is too large', 413, () => request({ body: JSON.stringify('x'.repeat(30_000)) })],
  ['two lengths', 400, () => request({ more: ['content-length: 1'] })],
  ['something else', 400, () => Buffer.from('\u0016\u0003\u0001\r\n\r\n')],
])('after %s, the connection is closed', async (_what, status, bytes) => {
  const connection = await dial();
  await connection.exchange(request());
  const ended = once(connection.socket, 'close');
  expect((await connection.exchange(bytes())).status).toBe(status);
  await ended;
});

it('answers requests that come before the answers to those before them', async () => {
  const bytes = [1, 2, 3].map((n) => request({ body: `{"eventType":"a","payload":${n}}` }));
  const payloads = ['"payload":1}', '"payload":2}', '"payload":3}'];
  const inOne = await dial();
  inOne.send(Buffer.concat(bytes));
  for (const payload of payloads) expect((await inOne.answer()).body).toContain(payload);

  const inTurn = await dial();
  for (const part of bytes) {
    inTurn.send(part);
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (const payload of payloads) expect((await inTurn.answer()).body).toContain(payload);
  expect((await inTurn.exchange(request())).status).toBe(202);
});

it.each([1, 100, 300])('answers a request that comes in two pieces, cut at %i', async (at) => {
  const connection = await dial();
  await connection.exchange(request());
  const bytes = request({ more: [`x: ${'x'.repeat(200)}`] });
  connection.send(bytes.subarray(0, at));
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect((await connection.exchange(bytes.subarray(at))).status).toBe(202);
});

it('ends with a client that ends, before or after the answer', async () => {
  for (const waits of [true, false]) {
    const connection = await dial();
    connection.send(request());
    if (waits) await connection.answer();
    const ended = once(connection.socket, 'close');
    connection.socket.end();
    await ended;
  }
});

it('serves the official client', async () => {
  const svix = new Svix(token, { serverUrl: server.url });
  const [{ id }, others] = await seen(() =>
    svix.message.create('a', { eventType: 'a.b', payload: { name: 'Zoë' } }),
  );
  expect(id).toMatch(/^msg_/);
  expect(others).toBe(0);
});

it('does not hold up closing', async () => {
  const closing = await startApiServer({ closeGraceMs: 60_000 });
  const connection = await dial(closing.url);
  await connection.exchange(request());
  await closing.stop();
});
