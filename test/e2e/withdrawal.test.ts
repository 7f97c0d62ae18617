import { expect, it } from 'vitest';
import {
  type TestApp,
  newFolder,
  OWNER,
  publish,
  register,
  startApp,
  statusOf,
} from '../support/app.ts';
import { describeWithPostgres } from '../support/postgres.ts';
import { startReceiver } from '../support/receiver.ts';
import { waitFor } from '../support/wait-for.ts';

/** Requests in a second: the worker holds messages for four seconds. */
const RATE = 10;
/** The promise is a second; the rest is for a busy machine. A worker that is not told goes on for four seconds. */
const TOLD_WITHIN_MS = 2_500;

describeWithPostgres('a message that a worker holds in memory', (createDatabase) => {
  it.each<
    [string, (api: TestApp, app: string, ids: string[], endpoint: string) => Promise<unknown>]
  >([
    [
      'expunged',
      ({ operations }, app, ids) => operations.messages.bulkExpunge(OWNER, app, { ids }),
    ],
    [
      'cancelled',
      ({ operations }, app, ids) =>
        Promise.all(ids.map((id) => operations.messages.cancel(OWNER, app, id))),
    ],
    [
      'cancelled by a task',
      async ({ operations }, app, _ids, endpoint) => {
        // A task takes messages only once they are two seconds old.
        const given = { createdBefore: new Date().toISOString() };
        await operations.tasks.cancelMessages(OWNER, app, endpoint, given);
        await waitFor(
          async () =>
            (await operations.tasks.list(OWNER, {})).data.every(
              ({ status }) => status === 'finished',
            ),
          'the task',
        );
      },
    ],
  ])('is not sent once another process has withdrawn it: %s', async (_word, withdraw) => {
    const databaseUrl = await createDatabase();
    const [api, worker] = await Promise.all([
      startApp({ databaseUrl, roles: 'api' }, newFolder()),
      startApp({ databaseUrl, roles: 'worker' }, newFolder()),
    ]);
    const receiver = await startReceiver();
    // The answers are slow, so that a request is often in flight.
    receiver.answer = (_request, response) => void setTimeout(() => response.end(), 80);
    try {
      const { app, endpoint } = await register(api, { url: receiver.url, throttleRate: RATE });
      const ids: string[] = [];
      for (let n = 0; n < 100; n++) ids.push((await publish(api, app, { n })).id);
      await waitFor(() => receiver.received.length > 3, 'the first webhooks');

      await withdraw(api, app, ids, endpoint);
      const answeredAt = Date.now();
      const last = await publish(api, app, { last: true });
      const idsOf = () => receiver.received.map(({ headers }) => String(headers['webhook-id']));
      // Comes last in the lane, after all that the worker would still send.
      await waitFor(() => idsOf().includes(last.id), 'the message that is published afterwards');

      const late = receiver.received.filter(({ at }) => at > answeredAt + TOLD_WITHIN_MS);
      expect(late.filter(({ headers }) => headers['webhook-id'] !== last.id)).toEqual([]);
      const received = new Set(idsOf());
      expect(ids.length - received.size).toBeGreaterThan(3 * RATE);
      // Requests that were in flight count as successes; cancelled deliveries are shown as failed.
      for (const id of ids) {
        const state = received.has(id) ? 'success' : 'fail';
        expect(await statusOf(api, app, id)).toMatchObject({ status: state, nextAttempt: null });
      }
    } finally {
      await Promise.all([api.close(), worker.close(), receiver.close()]);
    }
  });
});
