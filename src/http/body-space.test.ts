import { connect, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { makeMessage } from '../../test/support/storage-world.ts';
import { systemClock } from '../domain/clock.ts';
import { createLongWork } from '../operations/long-work.ts';
import { BodySpace } from './body-space.ts';
import { createHttpServer } from './server.ts';

/** `a1` is application 1 of organization a. */
function spaceOf(size: number) {
  const space = new BodySpace(size);
  const begun: string[] = [];
  const take = (name: string, bytes: number) =>
    space.take({ id: name, organizationId: name.slice(0, 1) }, bytes, () => begun.push(name));
  return { begun, take };
}

it('leaves space for other applications and organizations, however much one wants', () => {
  const { begun, take } = spaceOf(60);
  const gives = Array.from({ length: 100 }, () => take('a1', 1));
  expect(begun).toHaveLength(20);
  const other = Array.from({ length: 100 }, () => take('a2', 1));
  expect(begun.filter((name) => name === 'a2')).toHaveLength(7);
  for (let app = 3; app < 100; app++) take(`a${app}`, 1);
  expect(begun).toHaveLength(30);
  take('b1', 10);
  expect(begun.at(-1)).toBe('b1');
  for (const give of [...gives, ...other]) give();
  expect(begun.filter((name) => name === 'a1')).toHaveLength(100);
});

it('keeps the order of an application, and forgets those that no longer wait', () => {
  const { begun, take } = spaceOf(60);
  const first = take('a1', 20);
  const second = take('a1', 15);
  take('a1', 1);
  expect(begun).toHaveLength(1);
  second();
  expect(begun).toHaveLength(1);
  first();
  first();
  expect(begun).toHaveLength(2);
});

it('takes one body of any length when there is no other', () => {
  const { begun, take } = spaceOf(60);
  const give = take('a1', 1_000);
  take('b1', 1);
  expect(begun).toEqual(['a1']);
  give();
  expect(begun).toEqual(['a1', 'b1']);
});

let close = (): Promise<unknown> => Promise.resolve();
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await close();
});

it('does not read the bodies of an application that sends many slowly, and reads those of others', async () => {
  const created: string[] = [];
  const server = createHttpServer({
    operations: {
      messages: {
        create: (_principal: unknown, application: string) => {
          created.push(application);
          return Promise.resolve(makeMessage());
        },
      },
      longWork: createLongWork(systemClock),
      tasks: {},
    } as never,
    tokens: { verify: () => ({ organizationId: 'org_1' }) },
    log: { error: () => {} },
    closeLingerMs: 0,
    closeGraceMs: 0,
  });
  close = () => server.close();
  await server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.server.address() as AddressInfo;
  const body = JSON.stringify({ eventType: 'a', payload: 'x'.repeat(1_000_000) });
  const post = (app: string) =>
    fetch(`http://127.0.0.1:${port}/api/v1/app/${app}/msg`, {
      method: 'POST',
      headers: { authorization: 'Bearer t', 'content-type': 'application/json' },
      body,
    });
  const requests = vi.fn();
  server.server.on('request', requests);
  const slow = Array.from({ length: 30 }, () => {
    const socket = connect(port, '127.0.0.1');
    socket.write(
      `POST /api/v1/app/slow/msg HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n{`,
    );
    sockets.push(socket);
    return socket;
  });
  await vi.waitFor(() => expect(requests).toHaveBeenCalledTimes(30));
  const waits = post('slow');
  // More than an application may hold at a time: each answer gives its space back.
  for (let count = 0; count < 25; count++) expect((await post('quick')).status).toBe(202);
  expect(new Set(created)).toEqual(new Set(['quick']));
  for (const socket of slow) socket.destroy();
  expect((await waits).status).toBe(202);
  expect(created.at(-1)).toBe('slow');
});
