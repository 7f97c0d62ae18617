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

/** In a second: the worker holds four times as many. */
const RATE = 10;
const TOLD_WITHIN_MS = 1_000;

describeWithPostgres('what a worker holds in memory', (createDatabase) => {
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
        // A task leaves messages of the last two seconds for later.
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
  ])('is not sent once another process has %s it', async (_word, withdraw) => {
    const databaseUrl = await createDatabase();
    const [api, worker] = await Promise.all([
      startApp({ databaseUrl, roles: 'api' }, newFolder()),
      startApp({ databaseUrl, roles: 'worker' }, newFolder()),
    ]);
    const receiver = await startReceiver();
    // Often a request is in flight.
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
      await waitFor(() => idsOf().includes(last.id), 'what is published afterwards');
      // Longer than it takes to send what the worker held.
      await waitFor(() => Date.now() > answeredAt + 3_000, 'the end of it', 10_000);

      const late = receiver.received.filter(({ at }) => at > answeredAt + TOLD_WITHIN_MS);
      expect(late.filter(({ headers }) => headers['webhook-id'] !== last.id)).toEqual([]);
      const received = new Set(idsOf());
      expect(ids.length - received.size).toBeGreaterThan(3 * RATE);
      // What was on the wire has arrived, and says so; what was cancelled is shown as failed.
      for (const id of ids) {
        const state = received.has(id) ? 'success' : 'fail';
        expect(await statusOf(api, app, id)).toMatchObject({ status: state, nextAttempt: null });
      }
    } finally {
      await Promise.all([api.close(), worker.close(), receiver.close()]);
    }
  });
});
