import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import { type AddressInfo, connect } from 'node:net';
import { serve } from '@hono/node-server';
import createFastify from 'fastify';
import { Hono } from 'hono';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { head, HOSTILE_CLIENTS, send, sendSigned } from '../../test/support/hostile-clients.ts';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import {
  createReceiver,
  generateSecret,
  PosthasteError,
  type ReceiverOptions,
  type VerifiedWebhook,
  type WebhookReceiver,
} from './index.ts';

// Express comes without types.
type Express = () => {
  use(...handlers: unknown[]): void;
  post(path: string, handler: WebhookReceiver['node']): void;
  listen(port: number, host: string): Server;
} & object;
type ExpressModule = Express & { json(): unknown; raw(options: object): unknown };
const require = createRequire(import.meta.url);
const express4 = require('express-4') as ExpressModule;
const express5 = require('express') as ExpressModule;

type Listen = (receiver: WebhookReceiver, express?: ExpressModule) => Promise<Server> | Server;

const SERVERS: readonly (readonly [string, Listen])[] = [
  ['node:http', (receiver) => createServer(receiver.node).listen(0, '127.0.0.1')],
  ['Express 4', (receiver) => withExpress(express4, receiver)],
  ['Express 5', (receiver) => withExpress(express5, receiver)],
  [
    'Fastify',
    async (receiver) => {
      const app = createFastify();
      await app.register(receiver.fastify, { prefix: '/webhooks' });
      app.post('/other', (request) => request.body);
      await app.listen({ port: 0, host: '127.0.0.1' });
      return app.server;
    },
  ],
  [
    'Hono',
    (receiver) => {
      const app = new Hono();
      app.post('/webhooks', (c) => receiver.fetch(c.req.raw));
      return serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server;
    },
  ],
];

const secret = generateSecret();
let taken: VerifiedWebhook[];
let errors: unknown[];

beforeEach(() => {
  taken = [];
  errors = [];
});

function receiverWith(options: Partial<ReceiverOptions> = {}): WebhookReceiver {
  return createReceiver({
    secrets: secret,
    handler: (webhook) => void taken.push(webhook),
    onError: (error) => errors.push(error),
    ...options,
  });
}

function withExpress(express: ExpressModule, receiver: WebhookReceiver, parser?: unknown): Server {
  const app = express();
  if (parser !== undefined) app.use(parser);
  app.post('/webhooks', receiver.node);
  return app.listen(0, '127.0.0.1');
}

async function listening(server: Server): Promise<number> {
  if (!server.listening) await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

describe.each(SERVERS)('on %s', (_name, listen) => {
  test('accepts signed webhooks byte for byte, and refuses others', async () => {
    const port = await listening(await listen(receiverWith()));
    const url = `http://127.0.0.1:${port}/webhooks`;
    const body = '{"name": "Zoë",\n "n": 1.0}';
    expect(await sendSigned(url, secret, { id: 'msg_1', body })).toBe(200);
    expect(taken).toMatchObject([{ id: 'msg_1', payload: body, body: Buffer.from(body) }]);
    const text = { 'content-type': 'text/plain' };
    expect(await sendSigned(url, secret, { id: 'msg_2', body: 'text', headers: text })).toBe(200);
    expect(await sendSigned(url, secret, { id: 'msg_3', body: '' })).toBe(200);
    expect(await sendSigned(url, generateSecret(), { id: 'msg_4', body })).toBe(401);
    expect(taken.map(({ payload }) => payload)).toEqual([body, 'text', '']);
    expect(taken[1]).toMatchObject({ contentType: 'text/plain' });
    expect(errors).toEqual([]);
  });

  test('survives every hostile client', async () => {
    const port = await listening(await listen(receiverWith({ maxBodyBytes: 100_000 })));
    for (const { name, gets, run } of HOSTILE_CLIENTS) {
      expect({ name, status: gets.includes(await run(port, '/webhooks')) }).toEqual({
        name,
        status: true,
      });
    }
    const url = `http://127.0.0.1:${port}/webhooks`;
    expect(await sendSigned(url, secret, { id: 'a', body: '{}' })).toBe(200);
    const full = 'x'.repeat(100_000);
    expect(await sendSigned(url, secret, { id: 'b', body: full })).toBe(200);
    expect(await sendSigned(url, secret, { id: 'c', body: `${full}x` })).toBe(413);
    expect(taken.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(errors).toEqual([]);
  });

  test('waits for a body only for a bounded time', async () => {
    const clock = new ManualClock();
    const port = await listening(await listen(receiverWith({ clock, bodyTimeoutMs: 500 })));
    let status: number | null | undefined;
    const sent = send(port, `${head('/webhooks')}content-length: 10\r\n\r\nx`).then((got) => {
      status = got;
    });
    await waitFor(() => clock.pending > 0, 'the wait for the body');
    clock.advance(499);
    expect(status).toBe(undefined);
    clock.advance(1);
    await sent;
    expect(status).toBe(408);
  });

  test('cuts off a client that goes on sending after the answer', async () => {
    const clock = new ManualClock();
    const port = await listening(await listen(receiverWith({ clock, maxBodyBytes: 1_000 })));
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    onTestFinished(() => void socket.destroy());
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.write(`${head('/webhooks')}transfer-encoding: chunked\r\n\r\n`);
    await waitFor(() => {
      if (socket.writable) socket.write(`400\r\n${'x'.repeat(0x4_00)}\r\n`);
      clock.advance(10);
      return socket.closed;
    }, 'the end of the connection');
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
  });

  test('asks for another try when the handler fails, and reports the error', async () => {
    let error: Error = new Error('no such table');
    const handler = (): never => {
      throw error;
    };
    const port = await listening(await listen(receiverWith({ handler })));
    const url = `http://127.0.0.1:${port}/webhooks`;
    expect(await sendSigned(url, secret, { id: 'a', body: '{}' })).toBe(500);
    error = new PosthasteError('stopping', 'the inbox is stopped');
    expect(await sendSigned(url, secret, { id: 'b', body: '{}' })).toBe(503);
    expect(errors.map(String)).toEqual([
      'Error: no such table',
      'PosthasteError: the inbox is stopped',
    ]);
  });
});

describe.each([
  ['Express 4', express4],
  ['Express 5', express5],
])('on %s, behind a body parser', (_name, express) => {
  test('a parser that keeps the bytes does no harm', async () => {
    const parser = express.raw({ type: '*/*' });
    const port = await listening(withExpress(express, receiverWith(), parser));
    const url = `http://127.0.0.1:${port}/webhooks`;
    expect(await sendSigned(url, secret, { id: 'a', body: '{"n": 1.0}' })).toBe(200);
    expect(await sendSigned(url, secret, { id: 'b', body: '' })).toBe(200);
    expect(taken.map(({ payload }) => payload)).toEqual(['{"n": 1.0}', '']);
  });

  test('a parser that drops the bytes is named as the cause', async () => {
    const port = await listening(withExpress(express, receiverWith(), express.json()));
    const url = `http://127.0.0.1:${port}/webhooks`;
    expect(await sendSigned(url, secret, { id: 'a', body: '{"n": 1.0}' })).toBe(500);
    expect(String(errors[0])).toContain('the body is a parsed object');
    expect(String(errors[0])).toContain('a body parser ran first');
    expect(taken).toEqual([]);
  });
});

describe('alone', () => {
  test('a Request whose body was read is named as the cause', async () => {
    const request = new Request('http://x/', { method: 'POST', body: '{}' });
    await request.json();
    const response = await receiverWith().fetch(request);
    expect(response.status).toBe(500);
    expect(await response.text()).toContain('a body parser ran first');
  });

  test.each([
    [{ handler: undefined }, /^handler: must be a function$/],
    [{ toleranceSeconds: Number.NaN }, /^toleranceSeconds: must be a number of seconds from 0$/],
    [{ toleranceSeconds: '5m' }, /^toleranceSeconds/],
    [{ maxBodyBytes: '1mb' }, /^maxBodyBytes: must be a number of bytes above 0$/],
    [{ format: 'hex' }, /^format: must be base64 or raw$/],
    [{ onError: 5 }, /^onError: must be a function$/],
    [{ tolerance: 5 }, /^tolerance: is not an option; the options are: secrets, handler/],
  ])('the options %j are refused at creation', (options, message) => {
    expect(() => receiverWith(options as unknown as Partial<ReceiverOptions>)).toThrow(message);
  });

  test('an error of `onError`, thrown or rejected, is no reason for another answer', async () => {
    const fail = (): never => {
      throw new Error('the log is away');
    };
    for (const onError of [fail, async () => fail()]) {
      const receiver = receiverWith({ handler: fail, onError });
      const port = await listening(createServer(receiver.node).listen(0, '127.0.0.1'));
      const url = `http://127.0.0.1:${port}/`;
      expect(await sendSigned(url, secret, { id: 'a', body: '{}' })).toBe(500);
    }
  });

  test('other methods are 405, with the method that works', async () => {
    const response = await receiverWith().fetch(new Request('http://x/'));
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    const port = await listening(createServer(receiverWith().node).listen(0, '127.0.0.1'));
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(405);
  });

  test('Fastify parses the bodies of other routes as before', async () => {
    const app = createFastify();
    app.register(receiverWith().fastify, { prefix: '/webhooks' });
    app.post('/other', (request) => request.body);
    const response = await app.inject({ method: 'POST', url: '/other', payload: { n: 1 } });
    expect(response.json()).toEqual({ n: 1 });
    await app.close();
  });

  test.each([
    ['secrets', { secrets: undefined as unknown as string }],
    ['secrets', { secrets: [] }],
    ['maxBodyBytes', { maxBodyBytes: 0 }],
    ['bodyTimeoutMs', { bodyTimeoutMs: Number.NaN }],
  ])('wrong %s are an error at the start', (name, options) => {
    expect(() => receiverWith(options)).toThrow(new RegExp(`^${name}: `));
  });
});
