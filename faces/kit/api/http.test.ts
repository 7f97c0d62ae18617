import { type RequestListener, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createHttp } from './http.ts';

/** Answers 401 to every token but `new`; `onRefusal` is called before. */
function startApi(onRefusal: () => void): Promise<string> {
  return listen(({ headers }, response) => {
    const isKnown = headers.authorization === 'Bearer new';
    if (!isKnown) onRefusal();
    response
      .writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' })
      .end(JSON.stringify(isKnown ? { ok: true } : { code: 'x', detail: 'Expired' }));
  });
}

async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a token that came while one before it was refused is used, and not ended', async () => {
  let token = 'old';
  const serverUrl = await startApi(() => (token = 'new'));
  const http = createHttp({
    serverUrl,
    token: () => token,
    renew: () => Promise.reject(new Error('renewed, though there is another token')),
  });
  expect(await http.get('/auth/whoami')).toEqual({ ok: true });
});

test('a token that is refused is renewed once, for its reason', async () => {
  const reasons: string[] = [];
  const http = createHttp({
    serverUrl: await startApi(() => {}),
    token: () => 'old',
    renew: (reason) => Promise.resolve(reasons.push(reason) === 1 ? 'new' : null),
  });
  expect(await http.get('/auth/whoami')).toEqual({ ok: true });
  expect(reasons).toEqual(['Expired']);
  await expect(http.get('/auth/whoami')).rejects.toMatchObject({ status: 401, message: 'Expired' });
});

test.for([
  ['no answer', () => {}],
  ['half an answer', (_request, response) => response.writeHead(200).write('{"ok"')],
] as const satisfies readonly (readonly [string, RequestListener])[])(
  'what hangs is as what cannot be reached: %s',
  async ([, answer]) => {
    const http = createHttp({
      serverUrl: await listen(answer),
      token: () => 'new',
      renew: () => Promise.resolve(null),
      deadlineMs: 200,
    });
    await expect(http.get('/status')).rejects.toMatchObject({ name: 'Error', status: 0 });
  },
);

test('a page that was left ends its request as such', async () => {
  const left = new AbortController();
  const http = createHttp({
    serverUrl: await listen(() => left.abort()),
    token: () => 'new',
    renew: () => Promise.resolve(null),
  });
  await expect(http.get('/status', {}, left.signal)).rejects.toMatchObject({ name: 'AbortError' });
});
