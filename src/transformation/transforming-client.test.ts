import { beforeEach, expect, test } from 'vitest';
import { NOTHING, makeEndpoint } from '../../test/support/delivery-parts.ts';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { makeHandoff } from '../../test/support/handoffs.ts';
import type { Message } from '../domain/message.ts';
import type {
  ExchangeResult,
  HttpClient,
  HttpRequest,
} from '../delivery/http-client/http-client.ts';
import type { SandboxResult } from './sandbox.ts';
import { createTransformingClient } from './transforming-client.ts';

const DEADLINE_MS = 15_000;
const CHANGED = JSON.stringify({ payload: { changed: true } });

let clock: ManualClock;
let posted: HttpRequest[];
let results: ExchangeResult[];
let runs: ((result: SandboxResult) => void)[];
let client: HttpClient;
beforeEach(() => {
  clock = new ManualClock();
  posted = [];
  results = [];
  runs = [];
  client = createTransformingClient({
    httpClient: {
      post: (request, onResult) => {
        posted.push(request);
        onResult({ ...NOTHING, statusCode: 200 });
      },
      abandon() {},
      stop() {},
    },
    sandbox: { run: (_job, onResult) => void runs.push(onResult), stop() {} },
    storage: { messages: { get: () => Promise.resolve(MESSAGE) } },
    clock,
    onError: (error) => {
      throw error;
    },
  });
});

test('the transformed request is sent with the rest of the deadline', async () => {
  await send();
  clock.advance(1_000);
  runs[0]?.({ kind: 'returned', output: CHANGED });
  expect(posted.map(({ body, deadlineMs }) => [String(body), deadlineMs])).toEqual([
    ['{"changed":true}', DEADLINE_MS - 1_000],
  ]);
  expect(results.map(({ statusCode }) => statusCode)).toEqual([200]);
  clock.advance(DEADLINE_MS);
  expect(results).toHaveLength(1);
});

test('a program that waits for its turn until the deadline ends the attempt once, uncounted', async () => {
  await send();
  clock.advance(DEADLINE_MS);
  expect(results.map(({ localShortage }) => localShortage)).toEqual([true]);
  runs[0]?.({ kind: 'returned', output: CHANGED });
  expect(results).toHaveLength(1);
  expect(posted).toEqual([]);
});

/** Sends a request, and waits until its program waits for its turn. */
async function send(): Promise<void> {
  const transformation = { code: 'of the test', enabled: true, variables: null, updatedAt: 0 };
  client.post(
    {
      origin: 'http://ep-1.test',
      head: '',
      body: Buffer.alloc(0),
      deadlineMs: DEADLINE_MS,
      unfinished: {
        endpoint: makeEndpoint('ep_1', { transformation }),
        handoff: makeHandoff(MESSAGE.id),
        startedAt: 0,
        finish: ({ payload }) => ({ head: '', body: Buffer.from(payload), sent: SENT }),
      },
    },
    (result) => results.push(result),
  );
  await new Promise((resolve) => setImmediate(resolve));
  expect(runs).toHaveLength(1);
}

const MESSAGE: Message = {
  id: 'msg_1',
  organizationId: 'org_1',
  applicationId: 'app_1',
  eventType: 'a',
  uid: null,
  channels: null,
  tags: null,
  payload: '{}',
  contentType: null,
  headers: null,
  createdAt: 0,
  deliverAt: null,
  expiresAt: null,
};
const SENT = { lines: '""', signature: '', svixHeaders: false, ownSignature: '', bytes: 0 };
