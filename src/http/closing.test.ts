import fastify from 'fastify';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { expect, it } from 'vitest';
import { closeInTime } from './closing.ts';

it('asks connections to end, and cuts the ones that are left when the grace is over', async () => {
  const server = fastify();
  const calls: string[] = [];
  const fastPublish = { close: () => calls.push('close'), destroy: () => calls.push('destroy') };
  closeInTime(server, fastPublish, 200);
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
  expect(calls).toEqual(['close', 'destroy']);
});
