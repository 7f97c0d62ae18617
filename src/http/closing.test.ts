import fastify from 'fastify';
import { once } from 'node:events';
import { type AddressInfo, type Socket, connect } from 'node:net';
import { expect, it } from 'vitest';
import { startApiServer } from '../../test/support/api-server.ts';
import { isListening } from '../../test/support/free-ports.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import { closeInTime } from './closing.ts';

it('asks connections to end, and cuts those that are left after the grace period', async () => {
  const server = fastify();
  const calls: string[] = [];
  const fastPublish = {
    linger: () => calls.push('linger'),
    close: () => calls.push('close'),
    destroy: () => calls.push('destroy'),
  };
  closeInTime(server, fastPublish, { lingerMs: 0, graceMs: 200 });
  const asked = new Promise<void>((resolve) => {
    // Never answers.
    server.get('/', () => {
      resolve();
      return new Promise(() => {});
    });
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => {}).resume();
  socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await asked;

  const ended = once(socket, 'close');
  const since = performance.now();
  await Promise.all([server.close(), ended]);
  expect(performance.now() - since).toBeGreaterThan(190);
  expect(calls).toEqual(['linger', 'close', 'destroy']);
});

it.each(['/elsewhere', '/api/v1/app/acme/msg'])(
  'answers a request to %s that comes on an idle connection while it closes',
  async (path) => {
    const api = await startApiServer({ closeLingerMs: 10_000 });
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    const stopping = api.stop();
    await waitFor(async () => (await fetch(api.url).catch(() => null)) === null, 'to be refused');
    socket.write(`POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}`);
    const text = await textOf(socket);
    expect(text).toMatch(/^HTTP\/1.1 40[14] /);
    expect(text.toLowerCase()).toContain('\r\nconnection: close\r\n');
    // No connection is left.
    await stopping;
  },
);

it('tells the clients of requests in flight that their connections end', async () => {
  const server = fastify();
  const times = { lingerMs: 10_000, graceMs: 10_000 };
  closeInTime(server, null, times);
  const { promise: answered, resolve: answer } = Promise.withResolvers<string>();
  const asked = new Promise<void>((resolve) => {
    server.get('/', () => {
      resolve();
      return answered;
    });
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await asked;
  const stopping = server.close();
  await waitFor(async () => !(await isListening(port)), 'to be refused');
  answer('done');
  expect((await textOf(socket)).toLowerCase()).toContain('\r\nconnection: close\r\n');
  await stopping;
});

it('answers requests that had arrived before it ended idle connections', async () => {
  const lingerMs = 1_000;
  const api = await startApiServer({ closeLingerMs: lingerMs });
  const { hostname, port } = new URL(api.url);
  // `node:http` handles the first request, fast publish the second.
  const sockets = ['/elsewhere', '/api/v1/app/acme/msg'].map((path) => {
    const socket = connect(Number(port), hostname);
    const send = () =>
      socket.write(`POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}`);
    return { socket, send };
  });
  await Promise.all(sockets.map(({ socket }) => once(socket, 'connect')));
  const stopping = api.stop();
  await waitFor(async () => (await fetch(api.url).catch(() => null)) === null, 'to be refused');
  for (const { send } of sockets) send();
  const busyUntil = performance.now() + lingerMs + 50;
  while (performance.now() < busyUntil);
  for (const { socket } of sockets) expect(await textOf(socket)).toMatch(/^HTTP\/1.1 40[14] /);
  await stopping;
});

it('answers requests on connections that were not accepted yet', async () => {
  const api = await startApiServer({ closeLingerMs: 10_000 });
  const { hostname, port } = new URL(api.url);
  const sockets = Array.from({ length: 30 }, () => connect(Number(port), hostname));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const stopping = api.stop();
  for (const socket of sockets) socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  for (const socket of sockets) expect(await textOf(socket)).toMatch(/^HTTP\/1.1 /);
  await stopping;
});

async function textOf(socket: Socket): Promise<string> {
  let text = '';
  for await (const bytes of socket) text += String(bytes);
  return text;
}
