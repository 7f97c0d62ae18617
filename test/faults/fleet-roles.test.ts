import { expect, it } from 'vitest';
import {
  type TestApp,
  attemptsOf,
  newFolder,
  OWNER,
  publish,
  register,
  startApp,
} from '../support/app.ts';
import { describeWithPostgres } from '../support/postgres.ts';
import { startReceiver } from '../support/receiver.ts';
import { waitFor } from '../support/wait-for.ts';

/** Half of the time between the worker's regular looks. */
const PROMPT_MS = 5_000;

describeWithPostgres('a process that only accepts and one that only delivers', (createDatabase) => {
  it('work together like one process', async () => {
    const databaseUrl = await createDatabase();
    const [api, worker] = await Promise.all([
      startApp({ databaseUrl, roles: 'api', retrySchedule: '0.2' }, newFolder()),
      startApp({ databaseUrl, roles: 'worker', retrySchedule: '0.2' }, newFolder()),
    ]);
    const receiver = await startReceiver();
    const { app, endpoint } = await register(api, { url: receiver.url });

    // The worker is told of due work; its regular look comes only after ten seconds.
    const first = await promptly(() => publish(api, app, { n: 1 }), receiver.received, 1);
    await attemptsOf(api, app, first.id, 1);

    await promptly(
      () => api.operations.attempts.resend(OWNER, app, first.id, endpoint),
      receiver.received,
      2,
    );

    let refused = 0;
    receiver.answer = (_request, response) => void response.writeHead(refused++ ? 200 : 500).end();
    const retried = await publish(api, app, { n: 2 });
    await attemptsOf(api, app, retried.id, 2);

    // Deliveries that wait for a disabled endpoint go when the other process enables it.
    refused = 0;
    const waiting = await publish(api, app, { n: 3 });
    await attemptsOf(api, app, waiting.id, 1);
    await api.operations.endpoints.patch(OWNER, app, endpoint, { disabled: true });
    await waitFor(() => disabledAt(worker, app, endpoint));
    await api.operations.endpoints.patch(OWNER, app, endpoint, { disabled: false });
    await attemptsOf(api, app, waiting.id, 2);

    expect(await api.operations.status.get(OWNER)).toMatchObject({
      processes: expect.arrayContaining([
        expect.objectContaining({ roles: ['api'], ownedShards: 0, isAlive: true }),
        expect.objectContaining({ roles: ['worker'], ownedShards: 256, isAlive: true }),
      ]),
      backlog: { waiting: 0, lateMs: 0 },
    });
    await Promise.all([api.close(), worker.close(), receiver.close()]);
  });

  it('both say that an endpoint is rate limited while the worker holds all waiting deliveries', async () => {
    const databaseUrl = await createDatabase();
    const [api, worker] = await Promise.all([
      startApp({ databaseUrl, roles: 'api' }, newFolder()),
      startApp({ databaseUrl, roles: 'worker' }, newFolder()),
    ]);
    const receiver = await startReceiver();
    const { app, endpoint } = await register(api, { url: receiver.url, throttleRate: 2 });
    const isLimited = async () => {
      const { status } = await api.operations.endpoints.rateLimitStatus(OWNER, app, endpoint);
      return status === 'RateLimited';
    };
    const isStored = async () =>
      (await api.operations.status.endpoint(OWNER, app, endpoint)).nextAttempt !== null;
    for (let n = 0; n < 8; n++) await publish(api, app, { n });
    await waitFor(async () => !(await isStored()) && (await isLimited()), 'RateLimited');
    await waitFor(() => receiver.received.length === 8, 'all webhooks');
    await waitFor(async () => !(await isLimited()), 'Ok', 2 * PROMPT_MS);
    await Promise.all([api.close(), worker.close(), receiver.close()]);
  });
});

/** Calls, and waits at most `PROMPT_MS` for `count` requests at the receiver. Returns the call's answer. */
async function promptly<T>(
  call: () => Promise<T>,
  received: readonly unknown[],
  count: number,
): Promise<T> {
  const answer = await call();
  await waitFor(() => received.length === count, `request ${count}`, PROMPT_MS);
  return answer;
}

async function disabledAt(app: TestApp, id: string, endpoint: string) {
  return (await app.operations.endpoints.get(OWNER, id, endpoint)).disabled;
}
