import { spawn } from 'node:child_process';
import { join } from 'node:path';
import pino from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { freePorts } from '@posthaste/test-support/free-ports';
import { waitFor } from '@posthaste/test-support/wait-for';
import { get, send, standby, start, startProvider, temporaryFolder } from './start.ts';
import type { ShownCall } from './start.ts';

const COMPLETED = 2;
const SLOW = { durationsMs: { 900: 2_500, 901: 2_500 } };

test('a first call goes to 900, the next of the same number to 901, and both are completed', async () => {
  const callCenter = await start();
  expect(await send(callCenter, standby(1))).toEqual({ status: 200, errors: [] });
  const [first] = await completed(callCenter, 1);
  expect(first).toEqual({
    callId: expect.any(Number),
    number: '(11) 1111-0001',
    status: COMPLETED,
    extension: '900',
    createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
    updatedAt: expect.stringMatching(/^\d{4}-.*Z$/),
  });
  expect(Date.parse(first?.updatedAt ?? '') - Date.parse(first?.createdAt ?? '')).toBeGreaterThan(
    18,
  );
  await send(callCenter, standby(1));
  const [second] = await completed(callCenter, 2);
  expect(second).toMatchObject({ number: '(11) 1111-0001', extension: '901' });
});

test('of simultaneous first calls of one number exactly one is the first', async () => {
  const callCenter = await start();
  await Promise.all(Array.from({ length: 10 }, () => send(callCenter, standby(1))));
  const calls = await completed(callCenter, 10);
  expect(calls.filter((call) => call.extension === '900')).toHaveLength(1);
});

test('a repeat of the same webhook-id is answered 200 and ignored', async () => {
  const callCenter = await start();
  const sent = Array.from({ length: 5 }, () => send(callCenter, standby(1), { id: 'msg_1' }));
  expect((await Promise.all(sent)).map((answer) => answer.status)).toEqual(Array(5).fill(200));
  await send(callCenter, standby(2), { id: 'msg_2' });
  expect(await completed(callCenter, 2)).toHaveLength(2);
});

test('each extension has two calls at a time', async () => {
  const callCenter = await start({ options: SLOW, 'sqlite-file': ':memory:' });
  for (const digits of [1, 2, 3, 4, 1, 1, 1]) await send(callCenter, standby(digits));
  const calls = await waitFor(async () => {
    const all = await get(callCenter);
    return all.length === 7 && all.filter((call) => call.status === 1).length === 4 && all;
  });
  const waiting = calls.filter((call) => call.status === 0).map((call) => call.extension);
  expect(waiting.sort()).toEqual(['900', '900', '901']);
});

test('killed in the middle: active calls are finished, waiting ones served, contacts stay known', async () => {
  const [port = 0] = await freePorts(1);
  const folder = temporaryFolder();
  const file = join(folder, 'calls.db');
  const provider = await startProvider();
  const flags = {
    '--server-port': String(port),
    '--sqlite-file': file,
    '--log-file': join(folder, 'log'),
    '--rabbitmq-prefetch': '1',
    '--webhook-server-url': `${provider.url}webhook`,
  };
  const main = join(import.meta.dirname, '../src/main.ts');
  const child = spawn(
    process.execPath,
    ['--conditions=posthaste-source', main, ...Object.entries(flags).flat()],
    { env: { ...process.env, NODE_OPTIONS: '' }, stdio: 'ignore' },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const registration = await waitFor(() => provider.received[0], 'the registration');
  const secret = String(registration.headers['webhook-secret']);
  const first = { url: `http://127.0.0.1:${port}` };
  for (const digits of [1, 2, 3]) await send(first, standby(digits), { secret });
  await waitFor(async () => {
    const calls = await get(first);
    return calls.length === 3 && calls.some((call) => call.status === 1);
  });
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));

  const again = await start({ 'sqlite-file': file });
  expect((await get(again)).find((call) => call.callId === 1)?.status).toBe(COMPLETED);
  await completed(again, 3);
  await send(again, standby(3));
  expect((await completed(again, 4))[0]).toMatchObject({ extension: '901' });
});

test("the life cycle's call.standby is delegated and served, call.finished ends it", async () => {
  const provider = await startProvider();
  const failures = [503, 429];
  const lines: string[] = [];
  provider.answer = (request, response) => {
    response.statusCode = (request.path === '/actions' && failures.shift()) || 200;
    response.end();
  };
  const log = pino({ level: 'info' }, { write: (line) => void lines.push(line) });
  const callCenter = await start({
    options: { ...SLOW, log },
    'sqlite-file': ':memory:',
    'webhook-server-url': `${provider.url}webhook`,
  });
  const event = (type: string, callId = 'call-1') => ({
    type,
    call_id: callId,
    code: 1,
    direction: 'in',
    our_number: '(11) 2222-2222',
    their_number: '(11) 1111-0001',
    timestamp: new Date().toISOString(),
  });
  for (const type of [
    'call.new',
    'call.standby',
    'call.waiting',
    'actor.entered',
    'call.ongoing',
  ]) {
    expect((await send(callCenter, event(type))).status).toBe(200);
  }
  const actions = await waitFor(() => {
    const sent = provider.received.filter((request) => request.path === '/actions');
    return sent.length === 3 && sent;
  }, 'the repeated delegation');
  expect(JSON.parse(actions[2]?.body ?? '')).toEqual({
    type: 'delegate',
    call_id: 'call-1',
    destination: '900',
  });
  await waitFor(async () => (await get(callCenter))[0]?.status === 1, 'an active call');
  const told = await waitFor(() => {
    const texts = lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
    const ofDelegation = texts.filter((text) => /delegated|actions/.test(text));
    return ofDelegation.length >= 3 && ofDelegation;
  }, 'the log of the outage and its end');
  expect(told).toEqual([
    `calls cannot be delegated at ${provider.url}actions: it answered 503; trying again`,
    `calls cannot be delegated at ${provider.url}actions: it answered 429; trying again`,
    `${provider.url}actions answers again`,
  ]);
  await send(callCenter, event('actor.left'));
  await send(callCenter, event('call.finished'));
  expect(await completed(callCenter, 1)).toHaveLength(1);

  await send(callCenter, event('call.finished', 'overtaken'));
  await send(callCenter, event('call.standby', 'overtaken'));
  await send(callCenter, event('call.standby', 'call-3'));
  const calls = await waitFor(async () => {
    const all = await get(callCenter);
    return all.length === 3 && all;
  });
  expect(calls.map((call) => call.status)).toEqual([1, COMPLETED, COMPLETED]);
});

test('a port or a database that is in use is refused, and nothing stays open', async () => {
  const [port = 0] = await freePorts(1);
  const file = join(temporaryFolder(), 'calls.db');
  const first = await start({ 'server-port': port });
  await expect(start({ 'server-port': port, 'sqlite-file': file })).rejects.toThrow('EADDRINUSE');
  await first.stop();
  const second = await start({ 'server-port': port, 'sqlite-file': file });
  await expect(start({ 'sqlite-file': file })).rejects.toThrow('another process has it open');
  await second.stop();
});

async function completed(callCenter: { url: string }, count: number): Promise<ShownCall[]> {
  return waitFor(async () => {
    const calls = await get(callCenter);
    return calls.length === count && calls.every((call) => call.status === COMPLETED) && calls;
  }, `${count} completed calls`);
}
