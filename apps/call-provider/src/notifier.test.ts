import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Posthaste, PosthasteError } from 'posthaste';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { accountUid } from './accounts.ts';
import { createDeadLetters } from './dead-letters.ts';
import { createNotifier } from './notifier.ts';

const EVENT = {
  eventId: 'event-1',
  account: 'acme',
  event: { type: 'call.standby', contactNumber: '(11) 1111-1010' },
};
const TRIES = 4;

let folder: string;
let posthaste: Posthaste;
let file: string;
let logged: string[];
/** What the next calls fail with, one after the other. */
let failures: Error[];
let calls: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'notifier-'));
  file = join(folder, 'dead-letters.jsonl');
  logged = [];
  failures = [];
  calls = 0;
  posthaste = new Posthaste({ databaseUrl: `sqlite:${join(folder, 'registry.db')}` });
  await posthaste.start();
  await posthaste.application.create({ uid: accountUid('acme'), name: 'acme' });
});
afterEach(async () => {
  await posthaste.stop();
  rmSync(folder, { recursive: true });
});

test('an event that fails because of a defect is tried again', async () => {
  failures = defects(TRIES - 1);
  await notifier().take(EVENT);
  expect(calls).toBe(TRIES);
  expect(await messages()).toMatchObject([{ eventId: EVENT.eventId, payload: EVENT.event }]);
  expect({ logged, isDead: existsSync(file) }).toEqual({ logged: [], isDead: false });
});

test('and is a dead letter when it fails to the end, from where it can be taken again', async () => {
  failures = defects(2 * TRIES);
  await notifier().take(EVENT);
  await notifier().take({ ...EVENT, eventId: 'event-2' });
  expect(calls).toBe(2 * TRIES);
  expect(logged).toEqual(Array(2).fill('dead letter: an event for acme'));
  expect(await messages()).toEqual([]);
  const letters = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as typeof EVENT);
  expect(letters).toMatchObject([EVENT, { eventId: 'event-2' }]);
  for (const letter of letters) await notifier().take(letter);
  expect(await messages()).toHaveLength(2);
});

test('when it can not become a dead letter either, it comes again', async () => {
  failures = defects(TRIES);
  const broken = notifier({ path: join(folder, 'none', 'dead-letters.jsonl') });
  await expect(broken.take(EVENT)).rejects.toThrow('ENOENT');
});

test('while it stops, nothing is tried again and nothing is lost: the event comes again', async () => {
  failures = defects(1);
  await expect(notifier({ isStopping: true }).take(EVENT)).rejects.toThrow('abort');
  expect({ calls, isDead: existsSync(file) }).toEqual({ calls: 1, isDead: false });
});

test('what may pass by itself comes again, and never is a dead letter', async () => {
  failures = [new PosthasteError('storage_unavailable', 'the disk is full')];
  await expect(notifier().take(EVENT)).rejects.toThrow('the disk is full');
  expect({ calls, isDead: existsSync(file) }).toEqual({ calls: 1, isDead: false });
});

test('an event of an unknown account is dropped, and one that is there already is done', async () => {
  await notifier().take({ ...EVENT, account: 'nobody' });
  expect(logged).toEqual(['dropped an event for nobody']);
  await notifier().take(EVENT);
  await notifier().take(EVENT);
  expect(await messages()).toHaveLength(1);
  expect({ count: logged.length, isDead: existsSync(file) }).toEqual({ count: 1, isDead: false });
});

function notifier({ path = file, isStopping = false } = {}) {
  const message: Posthaste['message'] = {
    ...posthaste.message,
    create(...input) {
      calls++;
      const failure = failures.shift();
      return failure ? Promise.reject(failure) : posthaste.message.create(...input);
    },
  };
  const { application } = posthaste;
  const log = (_details: object, text: string) => void logged.push(text);
  return createNotifier({
    posthaste: { application, message, on: (...given) => posthaste.on(...given) },
    log: { info: () => {}, warn: () => {}, error: log },
    deadLetters: createDeadLetters(path),
    retryPausesMs: Array<number>(TRIES - 1).fill(0),
    stopping: isStopping ? AbortSignal.abort() : new AbortController().signal,
  });
}

function defects(count: number): Error[] {
  return Array.from({ length: count }, () => new PosthasteError('internal', 'a defect'));
}

async function messages() {
  return (await posthaste.message.list(accountUid('acme'))).data;
}
