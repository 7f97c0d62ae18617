import { type AddressInfo, type Socket, createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { postJson } from './post-json.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function providerThat(answer: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => answer(socket));
    cleanups.push(() => socket.destroy());
  });
  cleanups.push(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const HEAD = 'HTTP/1.1 201 Created\r\ncontent-length: 99\r\n\r\n';

test.each<[what: string, answer: (socket: Socket) => void]>([
  ['is cut', (socket) => void socket.end(`${HEAD}half`)],
  ['is reset', (socket) => void socket.write(`${HEAD}half`, () => socket.resetAndDestroy())],
  ['does not end', (socket) => void socket.write(`${HEAD}half`)],
])('the status counts when the body %s', async (_what, answer) => {
  const url = await providerThat(answer);
  const { status } = await postJson(url, {}, 500, new AbortController().signal);
  expect(status).toBe(201);
});

test('a redirect is not followed, and its Location is the text', async () => {
  const head = 'HTTP/1.1 308 Moved\r\nlocation: https://a.example/\r\ncontent-length: 9\r\n\r\n';
  const url = await providerThat((socket) => void socket.write(head));
  const answer = await postJson(url, {}, 500, new AbortController().signal);
  expect(answer).toEqual({ status: 308, text: 'with Location: https://a.example/' });
});

test('without a status there is an error', async () => {
  const url = await providerThat((socket) => void socket.end());
  await expect(postJson(url, {}, 500, new AbortController().signal)).rejects.toThrow(
    'fetch failed',
  );
});
