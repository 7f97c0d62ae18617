import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { Svix } from 'svix';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/domain/clock.ts';
import { DEFAULT_ORGANIZATION } from '../../src/operations/operations.ts';
import { PosthasteError } from '../../src/domain/errors.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import { waitFor } from '../support/wait-for.ts';

/** What a client can send on one connection, byte by byte, and whether fast publish or `node:http` answers. */
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

/** Returns the result of `work`, and the number of requests that went through `node:http` meanwhile. */
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

it('answers a recognized publish itself, byte for byte as Fastify would', async () => {
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

it('answers several requests on one connection', async () => {
  const connection = await dial();
  const [ids, others] = await seen(async () => {
    const found = new Set<string>();
    for (let n = 0; n < 20; n++) found.add(idOf(await connection.exchange(request())));
    return found;
  });
  expect(ids.size).toBe(20);
  expect(others).toBe(0);
});

it('verifies a token that is not cached yet', async () => {
  const as = await server.issue({ ...principal, expiresInSeconds: 77 });
  const [{ status }, others] = await seen(async () => (await dial()).exchange(request({ as })));
  expect([status, others]).toEqual([202, 0]);
});

it('leaves the payload out of the answer on request', async () => {
  const [answer, others] = await seen(async () =>
    (await dial()).exchange(request({ path: '/app/a/msg?with_content=false' })),
  );
  expect(answer.body).toContain('"payload":{}}');
  expect(others).toBe(0);
});

it('refuses another message with the same idempotency key', async () => {
  const connection = await dial();
  const more = ['idempotency-key: used'];
  const [second, others] = await seen(async () => {
    await connection.exchange(request({ more }));
    return connection.exchange(request({ more, body: '{"eventType":"a.b","payload":2}' }));
  });
  expect(second.status).toBe(422);
  expect(JSON.parse(second.body)).toEqual({
    code: 'idempotency_key_reused',
    detail: [
      {
        loc: ['header', 'idempotency-key'],
        msg: 'was used for another request: a new request needs a new key',
        type: 'value_error.idempotency_key_reused',
      },
    ],
  });
  expect(others).toBe(0);
});

it('answers a repeated idempotency key with its first message', async () => {
  const connection = await dial();
  const more = ['idempotency-key: a key'];
  const [[first, second], others] = await seen(async () => [
    await connection.exchange(request({ more })),
    await connection.exchange(request({ more })),
  ]);
  expect(idOf(second)).toBe(idOf(first));
  expect(others).toBe(0);
});

it.each<[what: string, status: number, bytes: () => Buffer]>([
  ['a list', 200, () => request({ method: 'GET', body: '' })],
  ['another query', 202, () => request({ path: '/app/a/msg?' })],
  ['a query that is not valid', 422, () => request({ path: '/app/a/msg?with_content=1' })],
  ['another type', 415, () => request({ type: 'text/plain' })],
  ['a body that is compressed', 415, () => request({ more: ['content-encoding: gzip'] })],
])('passes the connection to node:http at %s', async (_what, status, bytes) => {
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
])('closes the connection after %s', async (_what, status, bytes) => {
  const connection = await dial();
  await connection.exchange(request());
  const ended = once(connection.socket, 'close');
  expect((await connection.exchange(bytes())).status).toBe(status);
  await ended;
});

it('answers pipelined requests', async () => {
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
  const serverSide = server.accepted.at(-1);
  const readBefore = serverSide?.bytesRead ?? 0;
  const bytes = request({ more: [`x: ${'x'.repeat(200)}`] });
  connection.send(bytes.subarray(0, at));
  await waitFor(() => serverSide?.bytesRead === readBefore + at, 'reading the first piece');
  expect((await connection.exchange(bytes.subarray(at))).status).toBe(202);
});

it('closes when the client closes, before or after the answer', async () => {
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

it('does not delay the close of the server', async () => {
  // Longer than a test may take.
  const closing = await startApiServer({ closeGraceMs: 600_000 });
  const connection = await dial(closing.url);
  await connection.exchange(request());
  await closing.stop();
});

describe.each([
  ['on', true],
  ['off', false],
])('with the fast way %s', (_, fastPublish) => {
  let one: ApiServer;
  beforeAll(async () => {
    // The monotonic clock stands still: rates allow nothing more, however slow the machine is.
    const clock = { ...systemClock, monotonicMs: () => 0 };
    one = await startApiServer({ bodyLimitBytes: 20_000, fastPublish, clock });
    const { applications } = one.operations;
    await applications.create(principal, { name: 'A', uid: 'a' });
    await applications.create(principal, { name: 'Limited', uid: 'limited', throttleRate: 1 });
    const connection = await dial(one.url);
    const as = await one.issue(principal);
    const body = '{"eventType":"a","eventId":"taken","payload":1}';
    await connection.exchange(request({ as, body }));
    await connection.exchange(request({ as, path: '/app/limited/msg' }));
  });
  afterAll(() => one.stop());

  it.each<{
    refusal: string;
    status: number;
    code: string | undefined;
    runs: number;
    sent: Parameters<typeof request>[0];
  }>([
    {
      refusal: 'a wrong token',
      status: 401,
      code: 'authentication_failed',
      runs: 0,
      sent: { as: 'eyJhbGciOiJIUzI1NiJ9.e30.AAAA' },
    },
    {
      refusal: 'an unknown application',
      status: 404,
      code: 'not_found',
      runs: 1,
      sent: { path: '/app/unknown/msg' },
    },
    {
      refusal: 'a taken eventId',
      status: 409,
      code: 'conflict',
      runs: 1,
      sent: { body: '{"eventType":"a","eventId":"taken","payload":1}' },
    },
    {
      refusal: 'a body that is too large',
      status: 413,
      code: 'payload_too_large',
      runs: 0,
      sent: { body: JSON.stringify('x'.repeat(30_000)) },
    },
    {
      refusal: 'a body that is not JSON',
      status: 422,
      code: undefined,
      runs: 0,
      sent: { body: '{"eventType":' },
    },
    {
      refusal: 'a wrong field',
      status: 422,
      code: undefined,
      runs: 1,
      sent: { body: '{"eventType":"a b","payload":1}' },
    },
    {
      refusal: 'the rate limit',
      status: 429,
      code: 'rate_limited',
      runs: 1,
      sent: { path: '/app/limited/msg' },
    },
  ])('refuses $refusal with $status after $runs runs', async ({ status, code, runs, sent }) => {
    const create = vi.spyOn(one.operations.messages, 'create');
    const connection = await dial(one.url);
    const answer = await connection.exchange(request({ as: await one.issue(principal), ...sent }));
    expect(create).toHaveBeenCalledTimes(runs);
    create.mockRestore();
    expect(answer.status).toBe(status);
    const body = JSON.parse(answer.body) as { code?: string };
    expect(body.code).toBe(code);
    expect(answer.head).toContain(`content-length: ${Buffer.byteLength(answer.body)}`);
    expect(/retry-after: 1\r\n/.test(answer.head)).toBe(status === 429);
    expect(answer.head.endsWith('Keep-Alive: timeout=65')).toBe(status !== 413);
  });

  it('counts each refused publish once against the rate', async () => {
    const app = { name: 'D4', uid: 'd4', throttleRate: 8 };
    await one.operations.applications.create(principal, app);
    const connection = await dial(one.url);
    const as = await one.issue(principal);
    const body = '{"eventType":"a","eventId":"1","payload":1}';
    const statuses: number[] = [];
    for (let n = 0; n < 8; n++) {
      const { status } = await connection.exchange(request({ as, path: '/app/d4/msg', body }));
      statuses.push(status);
    }
    expect(statuses).toEqual([202, 409, 409, 409, 409, 409, 409, 409]);
  });

  it('stores a message once when the answer of the commit is lost', async () => {
    const losing = await startApiServer({ fastPublish, withStorage: withoutAnswers });
    const { value } = await losing.operations.applications.create(principal, { name: 'A' });
    const connection = await dial(losing.url);
    const sent = request({ as: await losing.issue(principal), path: `/app/${value.id}/msg` });
    expect((await connection.exchange(sent)).status).toBe(503);
    const stored = await losing.storage.messages.list(value.id, { limit: 9, order: 'ascending' });
    expect(stored.data).toHaveLength(1);
    await losing.stop();
  });

  it('answers an internal error with the request id of the log', async () => {
    const create = vi.spyOn(one.operations.messages, 'create').mockImplementationOnce(() => {
      throw new Error('password=hunter2');
    });
    const connection = await dial(one.url);
    const answer = await connection.exchange(request({ as: await one.issue(principal) }));
    create.mockRestore();
    const logged = one.logged.at(-1) as { requestId: string; route: string };
    expect(answer.status).toBe(500);
    expect(JSON.parse(answer.body)).toEqual({
      code: 'internal',
      detail: `Internal error; see the server log for request ${logged.requestId}`,
    });
    expect(logged.route).toBe('POST /api/v1/app/:app_id/msg');
  });

  it('refuses publishes while the server stops', async () => {
    await one.storage.stop();
    const connection = await dial(one.url);
    const answer = await connection.exchange(request({ as: await one.issue(principal) }));
    expect(answer.status).toBe(503);
    expect(answer.body).toContain('"code":"stopping"');
  });

  it('leaves all requests to node:http when it is off', () => {
    expect(one.requests() > 1).toBe(!fastPublish);
  });
});

it('refuses byte for byte as Fastify would, and keeps the connection', async () => {
  const connection = await dial();
  for (const body of ['{"eventType":', '{"eventType":"a b","payload":1}']) {
    const [fast, none] = await seen(() => connection.exchange(request({ body })));
    const usual = request({ body, path: '/app/a/msg?' });
    const theirs = await (await dial()).exchange(usual);
    expect(none).toBe(0);
    expect(masked(fast.head)).toBe(masked(theirs.head));
    expect(fast.body).toBe(theirs.body);
  }
});

/** A storage that commits messages and then loses the answer. */
function withoutAnswers(storage: Storage): Storage {
  return {
    ...storage,
    async acceptMessages(messages) {
      await storage.acceptMessages(messages);
      throw new PosthasteError('storage_unavailable', 'the answer was lost');
    },
  };
}
