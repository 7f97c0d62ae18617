import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type Receiver, startReceiver } from '../test/support/receiver.ts';
import { waitFor } from '../test/support/wait-for.ts';
import { type DeliveryEvent, Posthaste, PosthasteError } from './index.ts';
import { DEFAULT_ORGANIZATION, createTokens } from './operations/operations.ts';
import { systemClock } from './domain/clock.ts';

/** A listener that throws is logged. */
const LOGGING = `
import { Posthaste } from '${new URL('./index.ts', import.meta.url).href}';
const posthaste = new Posthaste({
  databaseUrl: 'sqlite:' + process.argv[1] + '/logging.db',
  allowNetworks: ['127.0.0.0/8'],
  retrySchedule: [],
});
await posthaste.start();
const heard = Promise.withResolvers();
posthaste.on('exhausted', () => {
  setTimeout(heard.resolve, 10);
  throw new Error('x');
});
const { id } = await posthaste.application.create({ name: 'Acme' });
await posthaste.endpoint.create(id, { url: 'http://127.0.0.1:1/' });
await posthaste.message.create(id, { eventType: 'a.b', payload: 1 });
await heard.promise;
await posthaste.stop();
console.error('stopped');
`;

let folder: string;
let receiver: Receiver;
let posthaste: Posthaste;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'posthaste-library-'));
  receiver = await startReceiver();
  posthaste = open();
  await posthaste.start();
});

afterEach(async () => {
  await posthaste.stop();
  await receiver.close();
  await rm(folder, { recursive: true });
});

const jwtSecret = Buffer.alloc(32, 7).toString('base64');

function open(): Posthaste {
  return new Posthaste({
    databaseUrl: `sqlite:${join(folder, 'library.db')}`,
    allowNetworks: ['127.0.0.0/8'],
    retrySchedule: [],
    jwtSecret,
    port: 0,
    logLevel: 'silent',
  });
}

describe('the library', () => {
  it('publishes a raw text', async () => {
    await posthaste.application.create({ name: 'Acme', uid: 'acme' });
    await posthaste.endpoint.create('acme', { url: receiver.url });
    const text = { rawPayload: 'a=1&b=ő', contentType: 'application/x-www-form-urlencoded' };
    const message = await posthaste.message.create('acme', { eventType: 'a.b', ...text });
    expect(message).toMatchObject({ payload: {}, ...text });
    expect(await posthaste.message.get('acme', message.id)).toEqual(message);
    const hidden = await posthaste.message.list('acme', { withContent: false });
    const { rawPayload: _, ...shown } = message;
    expect(hidden.data).toEqual([shown]);
    await waitFor(() => receiver.received.length === 1, 'the request');
    expect(receiver.received).toMatchObject([
      { body: text.rawPayload, headers: { 'content-type': text.contentType } },
    ]);
  });

  it('delivers what it accepted, signed, and tells how that went', async () => {
    const events: DeliveryEvent[] = [];
    for (const kind of ['delivered', 'failed', 'exhausted', 'disabled'] as const) {
      posthaste.on(kind, (event) => void events.push(event));
    }
    const app = await posthaste.application.create({ name: 'Acme', uid: 'acme' });
    const endpoint = await posthaste.endpoint.create('acme', { url: receiver.url });
    const message = await posthaste.message.create('acme', {
      eventType: 'invoice.paid',
      payload: { id: 1 },
    });
    expect(message).toMatchObject({ eventType: 'invoice.paid', payload: { id: 1 } });

    await waitFor(() => events.length === 1, 'the event');
    expect(events).toMatchObject([
      {
        kind: 'delivered',
        applicationId: app.id,
        endpointId: endpoint.id,
        messageId: message.id,
        attempt: { succeeded: true, statusCode: 200, number: 1 },
      },
    ]);
    const [request] = receiver.received;
    const { key } = await posthaste.endpoint.getSecret('acme', endpoint.id);
    const headers = request?.headers as Record<string, string>;
    expect(new Webhook(key).verify(request?.body ?? '', headers)).toEqual({ id: 1 });
    const attempts = await posthaste.messageAttempt.listByMsg('acme', message.id);
    expect(attempts).toMatchObject({
      data: [{ status: 0, responseStatusCode: 200, attemptNumber: 1 }],
      done: true,
    });
  });

  it('keeps the database open until listeners have ended, also the last ones before a stop', async () => {
    const { id: app } = await posthaste.application.create({ name: 'Acme' });
    await posthaste.endpoint.create(app, { url: receiver.url });
    const read = Promise.withResolvers<unknown>();
    let stopped: Promise<void> | undefined;
    posthaste.on('delivered', async ({ messageId }) => {
      stopped = posthaste.stop();
      await new Promise((resolve) => setTimeout(resolve, 50));
      read.resolve(await posthaste.message.get(app, messageId).catch((error: unknown) => error));
    });
    const { id } = await posthaste.message.create(app, { eventType: 'a', payload: 1 });
    expect(await read.promise).toMatchObject({ id });
    await stopped;
  });

  it('tells failures, and survives listeners that throw', async () => {
    const kinds: string[] = [];
    posthaste.on('exhausted', () => {
      throw new Error('a faulty listener');
    });
    posthaste.on('exhausted', () => Promise.reject(new Error('another')));
    const end = posthaste.on('exhausted', () => void kinds.push('ended'));
    end();
    posthaste.on('exhausted', ({ kind }) => void kinds.push(kind));
    posthaste.on('disabled', ({ kind }) => void kinds.push(kind));
    receiver.answer = (_request, response) => void response.writeHead(410).end();

    const { id } = await posthaste.application.getOrCreate({ name: 'Acme', uid: 'acme' });
    const endpoint = await posthaste.endpoint.create(id, { url: receiver.url });
    await posthaste.message.create(id, { eventType: 'a.b', payload: 'x' });
    await waitFor(() => kinds.length === 2, 'both events');
    expect(kinds).toEqual(['exhausted', 'disabled']);
    expect(await posthaste.endpoint.get(id, endpoint.id)).toMatchObject({
      disabled: true,
      disabledReason: 'gone',
    });

    receiver.answer = (_request, response) => void response.end();
    await posthaste.endpoint.patch(id, endpoint.id, { disabled: false });
    const delivered = new Promise((resolve) => posthaste.on('delivered', resolve));
    const { data } = await posthaste.message.list(id);
    await posthaste.messageAttempt.resend(id, data[0]?.id ?? '', endpoint.id);
    expect(await delivered).toMatchObject({ attempt: { trigger: 'manual', number: 2 } });
  });

  it('rejects with an error that has a code and the field errors', async () => {
    const wrong = posthaste.application.create({ name: '' });
    await expect(wrong).rejects.toBeInstanceOf(PosthasteError);
    await expect(wrong).rejects.toMatchObject({
      code: 'validation',
      fieldErrors: [{ loc: ['body', 'name'] }],
    });
    await expect(posthaste.application.get('nobody')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('tells the status of the installation', async () => {
    expect(await posthaste.status()).toMatchObject({
      processes: [expect.objectContaining({ roles: expect.any(Array) })],
      backlog: expect.any(Object),
    });
  });

  it('serves the same over HTTP when it has a secret for tokens', async () => {
    const { address } = await posthaste.start();
    const tokens = createTokens({ secret: jwtSecret, clock: systemClock });
    const token = await tokens.issue({ organizationId: DEFAULT_ORGANIZATION });
    const app = await posthaste.application.create({ name: 'Acme' });
    const response = await fetch(`${address}/api/v1/app/${app.id}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(await response.json()).toEqual(app);
  });

  it('stops twice, keeps everything, and takes no more work', async () => {
    const app = await posthaste.application.create({ name: 'Acme' });
    await Promise.all([posthaste.stop(), posthaste.stop()]);
    await expect(posthaste.application.get(app.id)).rejects.toMatchObject({ code: 'stopping' });
    posthaste = open();
    await posthaste.start();
    expect(await posthaste.application.get(app.id)).toEqual(app);
  });

  it('takes no work before the start, and cannot be started again', async () => {
    const other = new Posthaste({ databaseUrl: `sqlite:${join(folder, 'other.db')}` });
    await expect(other.application.list()).rejects.toMatchObject({ code: 'stopping' });
    await other.stop();
    await expect(other.start()).rejects.toMatchObject({ code: 'stopping' });
    await posthaste.stop();
    await expect(posthaste.start()).rejects.toMatchObject({ code: 'stopping' });
  });

  it('leaves nothing open after a start that failed', async () => {
    const { address } = await posthaste.start();
    const database = { databaseUrl: `sqlite:${join(folder, 'other.db')}` };
    const port = Number(new URL(address ?? '').port);
    const other = new Posthaste({ ...database, jwtSecret, port, logLevel: 'silent' });
    const started = other.start();
    await expect(started).rejects.toBeInstanceOf(PosthasteError);
    await expect(started).rejects.toMatchObject({
      code: 'configuration',
      message: expect.stringContaining('EADDRINUSE'),
    });
    const next = new Posthaste(database);
    await next.start();
    await next.stop();
  });

  it('is stopped at the end of a block', async () => {
    let kept: Posthaste;
    {
      await using mine = new Posthaste({ databaseUrl: `sqlite:${join(folder, 'other.db')}` });
      await mine.start();
      kept = mine;
    }
    await expect(kept.application.list()).rejects.toMatchObject({ code: 'stopping' });
  });

  it('rejects with an error of its own whatever an id is', async () => {
    for (const id of [undefined, null, 5, {}] as unknown as string[]) {
      await posthaste.application.getOrCreate({ name: 'Acme', uid: 'acme' });
      const calls = [
        () => posthaste.application.get(id),
        () => posthaste.endpoint.get('acme', id),
        () => posthaste.message.create(id, { eventType: 'a.b', payload: 1 }),
        () => posthaste.message.get('acme', id),
        () => posthaste.eventType.get(id),
        () => posthaste.backgroundTask.get(id),
        () => posthaste.apiKey.get(id),
      ];
      for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'not_found' });
      const updates = [
        () => posthaste.application.update(id, { name: 'Acme' }),
        () => posthaste.endpoint.update('acme', id, { url: receiver.url }),
        () => posthaste.eventType.update(id, { description: 'x' }),
      ];
      for (const call of updates)
        await expect(call()).rejects.toMatchObject({ code: 'validation' });
    }
  });

  it('refuses options that nobody knows, or that are of another kind', async () => {
    await posthaste.application.create({ name: 'Acme', uid: 'acme' });
    const input = { eventType: 'a.b', payload: 1 };
    const wrong = [
      { idempotencykey: 'k' },
      { idempotencyKey: '' },
      { idempotencyKey: 5 },
      'k',
      null,
    ];
    for (const options of wrong as object[]) {
      const calls = [
        () => posthaste.message.create('acme', input, options),
        () => posthaste.message.createBatch('acme', [input], options),
        () => posthaste.message.get('acme', 'm', options),
      ];
      for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'validation' });
    }
    expect((await posthaste.message.list('acme')).data).toEqual([]);
    expect(() => posthaste.on('deliverd' as 'delivered', () => {})).toThrow('kind: must be');
    expect(() => posthaste.on('delivered', 'x' as never)).toThrow('must be a function');
    expect(() => new Posthaste({ log: console as never })).toThrow('log must be a pino logger');
  });

  it.each([
    ['a Promise', Promise.resolve({ total: 1 })],
    ['a Map', new Map([['total', 1]])],
    ['an Error', new Error('x')],
    ['NaN', Number.NaN],
    ['a wrong Date', new Date(Number.NaN)],
  ])('refuses %s as a payload, of which JSON has nothing', async (_, payload) => {
    await posthaste.application.create({ name: 'Acme', uid: 'acme' });
    await expect(
      posthaste.message.create('acme', { eventType: 'a.b', payload }),
    ).rejects.toMatchObject({ code: 'validation', fieldErrors: [{ loc: ['body', 'payload'] }] });
  });

  it('takes an instance of a class that has no members, and null', async () => {
    class UserPinged {
      readonly describe = undefined;
    }
    await posthaste.application.create({ name: 'Acme', uid: 'acme' });
    for (const payload of [new UserPinged(), Object.create(null), null] as unknown[]) {
      const sent = await posthaste.message.create('acme', { eventType: 'a.b', payload });
      expect(sent.payload).toEqual(payload === null ? null : {});
    }
  });

  it.skipIf(!existsSync('/dev/full'))(
    'is not disturbed by a log that cannot be written',
    async () => {
      const output = openSync('/dev/full', 'w');
      const argv = ['--conditions=posthaste-source', '--input-type=module', '-e', LOGGING];
      const child = spawn(process.execPath, [...argv, folder], {
        stdio: ['ignore', output, 'pipe'],
      });
      closeSync(output);
      onTestFinished(() => void child.kill('SIGKILL'));
      if (child.stderr === null) throw new Error('it has a pipe');
      const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
      expect({ code, said }).toEqual({ code: 0, said: expect.stringMatching(/stopped\n$/) });
    },
  );

  it('names every setting that is wrong', () => {
    expect(() => new Posthaste({ databaseUrl: 'mysql://x', timeoutMs: -1 })).toThrow(
      expect.objectContaining({
        code: 'configuration',
        message: expect.stringMatching(/databaseUrl[^]*timeoutMs/),
      }),
    );
  });
});
