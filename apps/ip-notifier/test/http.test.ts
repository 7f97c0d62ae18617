import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { createVerifier } from 'posthaste/receiver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '@posthaste/test-support/free-ports';
import { waitFor } from '@posthaste/test-support/wait-for';
import type { IpNotifier } from '../src/ip-notifier.ts';
import { type Client, TOKEN, start, startIn, startTarget } from './start.ts';

const folder = mkdtempSync(join(tmpdir(), 'ip-notifier-'));
let app: Client & IpNotifier;
beforeAll(async () => {
  app = await startIn(folder);
});
afterAll(async () => {
  await app.stop();
  rmSync(folder, { recursive: true });
});

describe('administration', () => {
  it('creates, reads, updates and deletes', async () => {
    const created = await app.send('POST', '/admin/webhooks', { targetUrl: 'https://a.example/' });
    expect(created).toMatchObject({ status: 201, body: { targetUrl: 'https://a.example/' } });
    const path = `/admin/webhooks/${String(created.body['id'])}`;
    expect(created.headers.get('location')).toBe(path);

    const read = await app.send('GET', path);
    expect(read).toMatchObject({ status: 200, body: { ...created.body, disabled: false } });
    expect(read.body['secret']).toMatch(/^whsec_/);

    const change = { targetUrl: 'https://b.example/' };
    expect(await app.send('PATCH', path, change)).toMatchObject({ status: 200, body: change });
    const { body: all } = await app.send<unknown[]>('GET', '/admin/webhooks');
    expect(all).toContainEqual(expect.objectContaining({ id: created.body['id'], ...change }));

    expect(await app.send('DELETE', path)).toMatchObject({ status: 204, body: null });
    for (const [method, body] of [['GET'], ['PATCH', change], ['DELETE']] as const) {
      expect(await app.send(method, path, body)).toMatchObject({
        status: 404,
        body: { code: 'WEBHOOK_NOT_FOUND' },
      });
    }
  });

  it('answers a registration with the URL as it is kept, and without its password', async () => {
    const given = { targetUrl: 'HTTPS://user:secret@A.example:443/x/../y' };
    const { body } = await app.send('POST', '/admin/webhooks', given);
    expect(body).toMatchObject({ targetUrl: 'https://a.example/y' });
    const kept = await app.send('GET', `/admin/webhooks/${String(body['id'])}`);
    expect(kept.body).toMatchObject(body);
  });

  it('changes the URL under the name that the action has, too, and names it in errors', async () => {
    const path = `/admin/webhooks/${await app.register('https://a.example/')}`;
    const changed = await app.send('PATCH', path, { newTargetUrl: 'https://b.example/' });
    expect(changed).toMatchObject({ status: 200, body: { targetUrl: 'https://b.example/' } });
    const url = 'https://c.example/';
    for (const [body, field] of [
      [{ newTargetUrl: '' }, 'newTargetUrl'],
      [{ newTargetUrl: 'nonsense' }, 'newTargetUrl'],
      [{ targetUrl: url, newTargetUrl: url }, 'newTargetUrl'],
    ] as const) {
      const { status, body: answer } = await app.send('PATCH', path, body);
      expect(status).toBe(422);
      expect(answer['faults']).toMatchObject([{ field, message: expect.any(String) }]);
    }
    const body = { newTargetUrl: 'https://a.example/' };
    const { status, body: answer } = await app.send('POST', '/admin/webhooks', body);
    expect(status).toBe(422);
    expect(answer['faults']).toMatchObject([{ field: 'targetUrl' }, { field: 'newTargetUrl' }]);
  });

  it.each([
    [undefined, 401],
    ['', 401],
    [TOKEN, 401],
    [`Basic ${TOKEN}`, 401],
    ['Bearer', 401],
    [`Bearer ${TOKEN} ${TOKEN}`, 401],
    ['Bearer wrong', 403],
    [`Bearer ${TOKEN}x`, 403],
    [`bearer ${TOKEN}`, 200],
  ])('answers the authorization %j with %d', async (authorization, status) => {
    for (const path of ['/admin/webhooks', '/admin/nowhere']) {
      const headers = authorization === undefined ? {} : { authorization };
      const response = await fetch(app.url + path, { headers });
      const body = (await response.json()) as { code?: string };
      const known = status === 200 && path === '/admin/nowhere' ? 404 : status;
      expect(response.status).toBe(known);
      expect(response.headers.has('www-authenticate')).toBe(status === 401);
      if (status !== 200) expect(body.code).toBe(status === 401 ? 'UNAUTHORIZED' : 'FORBIDDEN');
    }
  });

  it.each([
    ['{"targetUrl":', 400, undefined],
    ['[]', 400, undefined],
    ['7', 400, undefined],
    ['null', 400, undefined],
    ['"https://a.example/"', 400, undefined],
    ['{}', 422, 'targetUrl'],
    ['{"targetUrl":7}', 422, 'targetUrl'],
    ['{"targetUrl":""}', 422, 'targetUrl'],
    ['{"targetUrl":"nonsense"}', 422, 'targetUrl'],
    ['{"targetUrl":"ftp://a.example/"}', 422, 'targetUrl'],
    ['{"targetUrl":"https://a.example/","color":"red"}', 422, 'color'],
    [`{"targetUrl":"https://a.example/${'x'.repeat(140_000)}"}`, 413, undefined],
  ])('refuses the body %.40s', async (body, status, field) => {
    const id = await app.register('https://c.example/');
    for (const [method, path] of [
      ['POST', '/admin/webhooks'],
      ['PATCH', `/admin/webhooks/${id}`],
    ] as const) {
      const answer = await app.send(method, path, body);
      expect(answer.status).toBe(status);
      expect(answer.body['code']).toEqual(expect.any(String));
      const isJson = body !== '{"targetUrl":';
      if (isJson) expect(answer.body['message']).not.toContain('not valid JSON');
      if (field) expect(answer.body['faults']).toMatchObject([{ field }]);
    }
  });

  it.each([
    [TOKEN, 413],
    ['another', 403],
  ])('a client that has not read yet gets the refusal of its body', async (token, status) => {
    const large = 'x'.repeat(10_000_000);
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    const written = promisify<string, void>((part, done) => void socket.write(part, done));
    const head = [
      'POST /admin/webhooks HTTP/1.1',
      'Host: a',
      'Connection: close',
      `Authorization: Bearer ${token}`,
      'Content-Type: application/json',
      `Content-Length: ${large.length}`,
    ];
    await written(`${head.join('\r\n')}\r\n\r\n`);
    for (let at = 0; at < large.length; at += 1e6) await written(large.slice(at, at + 1e6));
    expect(await text(socket)).toContain(`HTTP/1.1 ${status} `);
  });

  it('says which setting lets webhooks be at a private address', async () => {
    const body = { targetUrl: 'http://10.1.2.3/' };
    const { status, body: answer } = await app.send('POST', '/admin/webhooks', body);
    expect(status).toBe(422);
    expect(answer['message']).toContain('only when allow-networks (ALLOW_NETWORKS) lists it');
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', ''])(
    'refuses the content type %j',
    async (type) => {
      const body = '{"targetUrl":"https://a.example/"}';
      const answer = await app.send('POST', '/admin/webhooks', body, { 'content-type': type });
      expect(answer).toMatchObject({ status: 415, body: { code: 'UNSUPPORTED_MEDIA_TYPE' } });
    },
  );

  it('lists more than a page', async () => {
    const { body: before } = await app.send<unknown[]>('GET', '/admin/webhooks');
    const urls = Array.from({ length: 300 }, (_, i) => `https://many.example/${i}`);
    await Promise.all(urls.map((url) => app.register(url)));
    const { body } = await app.send<{ id: string }[]>('GET', '/admin/webhooks');
    expect(body).toHaveLength(before.length + 300);
    await Promise.all(body.map(({ id }) => app.send('DELETE', `/admin/webhooks/${id}`)));
  });
});

it('logs once that the webhooks service cannot be reached, however many visit', async () => {
  const lines: string[] = [];
  const log = pino({ base: null, level: 'warn' }, { write: (line) => void lines.push(line) });
  const settings = { roles: ['backend'], transporter: 'Fake', namespace: 'away' } as const;
  const away = await startIn(folder, { ...settings, roles: [...settings.roles] }, log);
  for (let count = 0; count < 5; count++) expect((await away.visit()).status).toBe(503);
  await away.stop();
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
    expect.stringMatching(/^the webhooks service cannot be reached: .*; trying again$/),
  ]);
});

describe('a visit', () => {
  it('is none where only the head is asked for', async () => {
    const target = await startTarget();
    const id = await app.register(target.url);
    const head = await fetch(`${app.url}/ip`, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.headers.get('content-type')).toContain('json');
    const { messageId } = (await app.visit()).body;
    const told = () => target.received.map(({ headers }) => headers['webhook-id']);
    await waitFor(() => told().includes(messageId), 'the visit');
    await app.send('DELETE', `/admin/webhooks/${id}`);
    expect(told()).toEqual([messageId]);
  });

  it('tells every target, signed, and answers the address as IPv4', async () => {
    const app = await start();
    const target = await startTarget();
    const path = `/admin/webhooks/${await app.register(target.url)}`;
    const { body: webhook } = await app.send<{ secret: string }>('GET', path);
    const answer = await app.visit();
    expect(answer).toMatchObject({ status: 200, body: { ipAddress: '127.0.0.1' } });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const { body, headers } = await waitFor(() => target.received[0]);
    expect(body).toMatch(/^\{"ipAddress":"127\.0\.0\.1","timestamp":\d{10}\}$/);
    expect(createVerifier(webhook.secret)(body, headers)).toMatchObject({ ok: true });
  });

  it('shows IPv6 as it is', async () => {
    const has = Object.values(networkInterfaces()).flat();
    if (!has.some((one) => one?.address === '::1')) return;
    const response = await fetch(`${app.url.replace('localhost', '[::1]')}/ip`);
    expect(await response.json()).toMatchObject({ ipAddress: '::1' });
  });

  it('believes no proxy unless told', async () => {
    const { body } = await app.visit({ 'x-forwarded-for': '203.0.113.7' });
    expect(body.ipAddress).toBe('127.0.0.1');
  });

  it.each([
    ['loopback', '203.0.113.7', '203.0.113.7'],
    ['loopback', '198.51.100.1, 203.0.113.7', '203.0.113.7'],
    ['loopback,203.0.113.0/24', '198.51.100.1, 203.0.113.7', '198.51.100.1'],
    ['loopback', '::ffff:203.0.113.7', '203.0.113.7'],
    ['loopback', '[2001:db8::7]:4711', '2001:db8::7'],
    ['loopback', '203.0.113.7:4711', '203.0.113.7'],
    ['loopback,203.0.113.0/24', '198.51.100.1:4711, 203.0.113.7:443', '198.51.100.1'],
    ['loopback,2001:db8::/32', '198.51.100.1, [2001:db8::7]:443', '198.51.100.1'],
    ['loopback,2001:db8::/32', '[2001:db9::1]:4711, [2001:db8::7]', '2001:db9::1'],
    ['loopback,203.0.113.0/24', '198.51.100.1:4711, ::ffff:203.0.113.7', '198.51.100.1'],
    ['10.0.0.0/8', '203.0.113.7', '127.0.0.1'],
    [2, '198.51.100.1, 203.0.113.7', '198.51.100.1'],
    ['loopback', 'unknown', null],
  ])('behind %j, forwarded for %j, is of %j', async (trusted, forwarded, expected) => {
    const app = await start({ 'trust-proxy': trusted });
    const { status, body } = await app.visit({ 'x-forwarded-for': forwarded });
    if (expected === null) expect(status).toBe(400);
    else expect(body.ipAddress).toBe(expected);
  });

  it('retries a target until it answers 200', async () => {
    const app = await start({ 'retry-schedule': [0, 0, 0, 0, 0] });
    const target = await startTarget();
    const answers = [500, 204, 302, 200];
    target.answer = (_request, response) =>
      void response.writeHead(answers[target.received.length - 1] ?? 200).end();
    await app.register(target.url);
    await app.visit();
    await waitFor(() => target.received.length === 4);
    const ids = target.received.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(1);
  });
});

describe('everything else', () => {
  it('is there for the first visitor, who never meets a webhooks service that still starts', async () => {
    const [port = 0] = await freePorts(1);
    const starting = start({ port });
    const first = await waitFor(
      () => fetch(`http://127.0.0.1:${port}/health`).catch(() => null),
      'the first answer',
    );
    expect(first.status).toBe(200);
    await starting;
  });

  it('says what there is, and whether it works', async () => {
    const { body } = await app.send<{ routes: Record<string, string> }>('GET', '/');
    expect(Object.keys(body.routes)).toContain('GET /ip');
    expect(await app.send('GET', '/health')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });

  it.each([
    ['GET', '/nowhere', 404],
    ['POST', '/ip', 405],
    ['PUT', '/admin/webhooks/1', 405],
    ['DELETE', '/admin/webhooks', 405],
    ['GET', '/%E0', 404],
    ['GET', '/admin/webhooks/%E0', 400],
  ])('%s %s is %d, in JSON', async (method, path, status) => {
    const answer = await app.send(method, path);
    expect(answer).toMatchObject({ status, body: { code: expect.any(String) } });
    expect(answer.headers.has('allow')).toBe(status === 405);
    expect(answer.headers.has('x-powered-by')).toBe(false);
  });

  it('makes an admin token when none is set', async () => {
    const made = await Promise.all([
      start({ 'admin-token': null }),
      start({ 'admin-token': null }),
    ]);
    const [one, other] = made.map(({ backend }) => backend?.adminToken ?? '');
    expect(one).toMatch(/^[\w-]{32}$/);
    expect(one).not.toBe(other);
  });
});
