import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { makeMessage } from '../../test/support/storage-world.ts';
import { createLongWork } from '../operations/long-work.ts';
import { createHttpServer } from './server.ts';

let close = (): Promise<unknown> => Promise.resolve();
afterEach(() => close());

/** Starts a server that reads a body of `org_1` for 20 ms. `begun`: the organizations of begun requests, in order. */
async function start() {
  const clock = new ManualClock();
  const longWork = createLongWork(clock);
  const run = vi.spyOn(longWork, 'run');
  const begun: string[] = [];
  const create = async ({ organizationId }: { organizationId: string }, app = 'app_1') => {
    begun.push(app === 'app_1' ? organizationId : app);
    if (organizationId === 'org_1' && app === 'app_1') clock.advance(20);
    return makeMessage();
  };
  const createBatch = async (principal: { organizationId: string }) => [
    { message: await create(principal) },
  ];
  const idempotency = {
    once: async (_request: unknown, _outcome: unknown, work: (keep: undefined) => unknown) => {
      await new Promise(setImmediate);
      await work(undefined);
      return { status: 200, body: '{}' };
    },
  };
  const server = createHttpServer({
    operations: { messages: { create, createBatch }, idempotency, longWork, tasks: {} } as never,
    tokens: { verify: (organizationId) => ({ organizationId }) },
    log: { error: () => {} },
    closeLingerMs: 0,
  });
  close = () => server.close();
  await server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.server.address() as AddressInfo;
  const post = (organizationId: string, path: string, body: object, headers = {}, app = 'app_1') =>
    fetch(`http://127.0.0.1:${port}/api/v1/app/${app}/${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${organizationId}`,
        'content-type': 'application/json',
        ...headers,
      },
      body: JSON.stringify(body),
    });
  return { clock, run, begun, post };
}

const publishOf = (chars: number) => ({ eventType: 'a', payload: 'x'.repeat(chars) });

it('reads large bodies of one organization one after the other, and those of others in between', async () => {
  const { clock, run, begun, post } = await start();
  // A common publish, one that does not arrive whole, and one that waits for its kept answer.
  const large = Promise.all([
    post('org_1', 'msg', publishOf(20_000)),
    post('org_1', 'msg', publishOf(500_000)),
    post('org_1', 'msg/batch', { messages: [publishOf(500_000)] }, { 'idempotency-key': 'k' }),
  ]);
  await vi.waitFor(() => expect(run.mock.calls.length).toBeGreaterThanOrEqual(3));
  expect((await post('org_2', 'msg', publishOf(1))).status).toBe(202);
  expect((await post('org_2', 'msg', publishOf(500_000))).status).toBe(202);
  expect(begun).toEqual(['org_1', 'org_2', 'org_2']);
  for (const count of [2, 3]) {
    clock.advance(60);
    await vi.waitFor(() => expect(begun.filter((id) => id === 'org_1')).toHaveLength(count));
    expect((await post('org_2', 'msg', publishOf(1))).status).toBe(202);
    expect(begun.filter((id) => id === 'org_1')).toHaveLength(count);
  }
  expect((await large).map(({ status }) => status)).toEqual([202, 202, 200]);
});

it('reads bodies of an application that are not very large while another of its organization rests', async () => {
  const { clock, run, begun, post } = await start();
  const large = Promise.all(
    [20_000, 500_000, 500_000].map((chars) => post('org_1', 'msg', publishOf(chars))),
  );
  await vi.waitFor(() => expect(run.mock.calls.length).toBeGreaterThanOrEqual(3));
  expect((await post('org_1', 'msg', publishOf(60_000), {}, 'app_2')).status).toBe(202);
  expect(begun).toEqual(['org_1', 'app_2']);
  // Of the larger ones, the applications take turns.
  const other = post('org_1', 'msg', publishOf(500_000), {}, 'app_2');
  await vi.waitFor(() => expect(run.mock.calls.length).toBeGreaterThanOrEqual(5));
  clock.advance(60);
  await vi.waitFor(() => expect(begun).toHaveLength(3));
  clock.advance(60);
  expect((await other).status).toBe(202);
  expect(begun.slice(0, 4)).toEqual(['org_1', 'app_2', 'org_1', 'app_2']);
  clock.advance(60);
  expect((await large).map(({ status }) => status)).toEqual([202, 202, 202]);
});
