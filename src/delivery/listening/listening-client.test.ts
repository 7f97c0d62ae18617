import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { createIds } from '../../domain/ids.ts';
import type { ListenerAnswer, ListenerRequest } from '../../domain/listener.ts';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import type { ExchangeResult, HttpRequest } from '../http-client/http-client.ts';
import { createListeningClient } from './listening-client.ts';

function world({ isThere = true } = {}) {
  const clock = new ManualClock();
  const notes = new EventEmitter();
  const asked: ListenerRequest[] = [];
  const answers = new Map<string, ListenerAnswer>();
  const forgotten: string[] = [];
  const passed: HttpRequest[] = [];
  const client = createListeningClient({
    clock,
    notes,
    ids: createIds(clock),
    httpClient: { post: (request) => void passed.push(request), abandon() {}, stop() {} },
    listeners: {
      ask: async (request) => (isThere && asked.push(request), isThere),
      answers: async (ids) => new Map([...answers].filter(([id]) => ids.includes(id))),
      forget: async (ids) => void forgotten.push(...ids),
    },
  });
  const results: ExchangeResult[] = [];
  const post = (origin: string) =>
    client.post(
      {
        origin,
        head: 'POST /abc HTTP/1.1\r\n\r\n',
        body: Buffer.from('{}'),
        deadlineMs: 5_000,
      },
      (result) => results.push(result),
    );
  return { clock, notes, asked, answers, forgotten, passed, client, results, post };
}

const LISTENER = 'https://listener.invalid';

test('requests to ordinary endpoints pass through', () => {
  const { post, passed, asked } = world();
  post('https://example.com');
  expect([passed.length, asked.length]).toEqual([1, 0]);
});

test('the answer from another process is found by looking, and the request is forgotten', async () => {
  const { post, clock, asked, answers, results, forgotten } = world();
  post(LISTENER);
  await waitFor(() => asked.length === 1);
  expect(asked[0]).toMatchObject({ listenerId: 'abc', body: '{}' });
  const headers = { 'retry-after': '7' };
  answers.set(asked[0]?.id ?? '', { status: 429, headers, body: 'slow', detail: '' });
  await waitFor(() => (clock.advance(200), results.length === 1));
  expect(results[0]).toMatchObject({ statusCode: 429, retryAfter: '7', response: 'slow' });
  expect(forgotten).toEqual([asked[0]?.id]);
});

test('a request fails at the deadline without an answer, and at once without a listener', async () => {
  const silent = world();
  silent.post(LISTENER);
  await waitFor(() => silent.asked.length === 1);
  silent.clock.advance(5_000);
  expect(silent.results).toMatchObject([{ failure: 'timeout', statusCode: null }]);
  silent.clock.advance(60_000);
  expect(silent.results).toHaveLength(1);

  const gone = world({ isThere: false });
  gone.post(LISTENER);
  await waitFor(() => gone.results.length === 1);
  expect(gone.results).toMatchObject([{ failure: 'connection', localShortage: false }]);
});

test('a stop ends requests as a local shortage', async () => {
  const { post, client, results, notes } = world();
  post(LISTENER);
  client.stop();
  expect(results).toMatchObject([{ localShortage: true }]);
  expect(notes.listenerCount('answered')).toBe(0);
});
