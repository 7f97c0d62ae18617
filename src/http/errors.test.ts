import fastify from 'fastify';
import { expect, it } from 'vitest';
import { PosthasteError } from '../domain/errors.ts';
import { answerErrors, createErrorAnswers } from './errors.ts';

function setUp(thrown: unknown, explains?: (error: unknown) => boolean) {
  const logged: { err?: unknown; requestId?: string }[] = [];
  const server = fastify({ logger: false });
  answerErrors(
    server,
    createErrorAnswers({ error: (context) => void logged.push(context) }, explains),
  );
  server.get('/', () => Promise.reject(thrown as Error));
  return { logged, request: () => server.inject('/') };
}

it.each([
  ['an error', new Error('password=hunter2')],
  ['an internal error', new PosthasteError('internal', 'password=hunter2')],
  ['a value that the storage refuses', new PosthasteError('storage_rejected', 'hunter2')],
  ['an error with a status', Object.assign(new Error('password=hunter2'), { statusCode: 400 })],
])('reveals only the request id of %s, and logs it with the cause', async (_, thrown) => {
  const { logged, request } = setUp(thrown);
  const response = await request();
  expect(response.statusCode).toBe(500);
  expect(response.json()).toEqual({ code: 'internal', detail: expect.any(String) });
  expect(response.body).not.toContain('hunter2');
  expect(logged).toEqual([{ err: thrown, requestId: expect.any(String), route: 'GET /' }]);
  expect(response.body).toContain(logged[0]?.requestId);
});

it('answers 503 with retry-after when the storage fails, and logs failures that are not logged elsewhere', async () => {
  const away = new PosthasteError('storage_unavailable', 'disk full');
  let isTold = true;
  const { logged, request } = setUp(away, (error) => error === away && isTold);
  const response = await request();
  expect(response.statusCode).toBe(503);
  expect(response.headers['retry-after']).toBe('1');
  expect(response.json()).toEqual({ code: 'storage_unavailable', detail: 'disk full' });
  expect(logged).toEqual([]);
  isTold = false;
  await request();
  expect(logged).toHaveLength(1);
});

it('does not log errors of callers', async () => {
  const { logged, request } = setUp(new PosthasteError('conflict', 'taken'));
  expect((await request()).statusCode).toBe(409);
  expect(logged).toEqual([]);
});
