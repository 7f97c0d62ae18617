import { expect, onTestFinished, test } from 'vitest';
import { waitFor } from '@posthaste/test-support/wait-for';
import { get, send, standby, start } from './start.ts';

test('GET /calls pages and filters, latest update first, and tells the total', async () => {
  const callCenter = await start();
  for (const digits of [1, 2, 1, 3]) await send(callCenter, standby(digits));
  await waitFor(async () => (await get(callCenter, '/calls?status=2')).length === 4, 'four calls');

  const all = await get(callCenter);
  expect(all.map((call) => call.updatedAt)).toEqual(
    all
      .map((call) => call.updatedAt)
      .toSorted()
      .toReversed(),
  );
  const page = await fetch(`${callCenter.url}/calls?limit=2&offset=1`);
  expect(page.headers.get('x-total-count')).toBe('4');
  expect(await page.json()).toEqual(all.slice(1, 3));
  expect(await get(callCenter, '/calls?offset=4')).toEqual([]);
  expect(await get(callCenter, '/calls?status=0')).toEqual([]);

  const of = async (query: string) => {
    const response = await fetch(`${callCenter.url}/calls?${query}`);
    const calls = (await response.json()) as { number: string }[];
    expect(response.headers.get('x-total-count')).toBe(String(calls.length));
    return calls.map((call) => call.number.slice(-1)).toSorted();
  };
  expect(await of('extension=901')).toEqual(['1']);
  expect(await of('number=1111-0001')).toEqual(['1', '1']);
  expect(await of('number=0001&extension=900&status=2')).toEqual(['1']);
  expect(await of('number=%25')).toEqual([]);
});

test('each error of a query is named', async () => {
  const callCenter = await start();
  const errorsOf = async (path: string) => {
    const response = await fetch(callCenter.url + path);
    expect(response.status).toBe(400);
    const errors = (await response.json()) as { errorCode: string; message: string }[];
    return errors.map((error) => error.errorCode);
  };
  expect(await errorsOf('/calls?status=3&limit=0&offset=-1&extension=9')).toEqual([
    'INVALID_STATUS',
    'INVALID_EXTENSION',
    'INVALID_LIMIT',
    'INVALID_OFFSET',
  ]);
  for (const query of [
    'status=',
    'status=0&status=1',
    'limit=1.5',
    'limit=x',
    'limit=1e3',
    'offset=',
  ]) {
    expect(await errorsOf(`/calls?${query}`)).toHaveLength(1);
  }
  const wrongNumber = await fetch(`${callCenter.url}/calls?number=123456789012345`);
  expect(await wrongNumber.json()).toEqual([
    { errorCode: 'INVALID_NUMBER', message: expect.stringContaining('1 to 14 characters') },
  ]);
  expect(await errorsOf('/stats?minutes=0')).toEqual(['INVALID_MINUTES']);
  expect((await fetch(`${callCenter.url}/nowhere`)).status).toBe(404);
});

test('the head of the live events is answered, and takes no place of a page', async () => {
  const callCenter = await start({ options: { feed: { maximumClients: 1 } } });
  for (let count = 0; count < 3; count++) {
    const signal = AbortSignal.timeout(5_000);
    const head = await fetch(`${callCenter.url}/events`, { method: 'HEAD', signal });
    expect(head.headers.get('content-type')).toContain('text/event-stream');
  }
  const page = new AbortController();
  const { status } = await fetch(`${callCenter.url}/events`, { signal: page.signal });
  page.abort();
  expect(status).toBe(200);
});

test('GET /stats counts by status and by the minute in which the calls came', async () => {
  const callCenter = await start();
  for (const digits of [1, 2, 1]) await send(callCenter, standby(digits));
  const stats = await waitFor(async () => {
    const now = await get<{ counts: { completed: number }; minutes: { completed: number }[] }>(
      callCenter,
      '/stats?minutes=5',
    );
    return now.counts.completed === 3 && now;
  }, 'three completed calls');
  expect(stats).toMatchObject({
    counts: { waiting: 0, active: 0, completed: 3 },
    extensions: [
      { extension: '900', completed: 2 },
      { extension: '901', completed: 1 },
    ],
  });
  expect(stats.minutes).toHaveLength(5);
  // The test may run over the end of a minute.
  expect(stats.minutes.slice(-2).reduce((sum, minute) => sum + minute.completed, 0)).toBe(3);
});

test('GET /events tells each change, and what was missed', async () => {
  const callCenter = await start();
  const live = await follow(callCenter.url);
  await send(callCenter, standby(1));
  const told = await waitFor(() => live.events().length === 3 && live.events(), 'three changes');
  expect(told.map((event) => JSON.parse(event.data ?? '').status)).toEqual([0, 1, 2]);
  expect(told.map((event) => event.id)).toEqual(['1', '2', '3']);
  expect(JSON.parse(told[2]?.data ?? '')).toEqual((await get(callCenter))[0]);

  await send(callCenter, standby(2));
  await waitFor(() => live.events().length === 6, 'three more');
  const back = await follow(callCenter.url, { 'last-event-id': '3' });
  const missed = await waitFor(() => back.events()[0], 'what was missed');
  expect(missed).toMatchObject({ event: 'call', id: '6' });
  for (const unknown of ['7', 'x']) {
    const lost = await follow(callCenter.url, { 'last-event-id': unknown });
    await waitFor(() => lost.events()[0]?.event === 'reset', 'a reset');
  }
});

test('GET /events beats, has room for so many, and does not hold up a stop', async () => {
  const callCenter = await start({ options: { feed: { heartbeatMs: 5, maximumClients: 1 } } });
  const live = await follow(callCenter.url);
  await waitFor(() => live.events().filter((one) => one.event === 'heartbeat').length > 1, 'beats');
  const second = await fetch(`${callCenter.url}/events`);
  expect([second.status, second.headers.get('retry-after')]).toEqual([503, '10']);
  const before = performance.now();
  await callCenter.stop();
  // A stream that the stop does not end is cut after 3 s.
  expect(performance.now() - before).toBeLessThan(2_900);
});

test('without the built dashboard a page says what to do', async () => {
  const callCenter = await start();
  const response = await fetch(callCenter.url);
  expect(response.status).toBe(503);
  expect(await response.text()).toContain('npm run build -w apps/call-center');
});

async function follow(url: string, headers: Record<string, string> = {}) {
  const end = new AbortController();
  onTestFinished(() => end.abort());
  const response = await fetch(`${url}/events`, { headers, signal: end.signal });
  let text = '';
  void (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
  })().catch(() => {});
  return {
    events: () =>
      text
        .split('\n\n')
        .filter((block) => block.includes('event: ') && block.includes('data: '))
        .map(
          (block) =>
            Object.fromEntries(
              [...block.matchAll(/^(\w+): (.*)$/gm)].map(([, name, value]) => [name, value]),
            ) as { id?: string; event?: string; data?: string },
        ),
  };
}
