import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type ApiCalls, apiCallsOf } from '../support/api-calls.ts';
import { newFolder } from '../support/app.ts';
import { describeWithPostgres } from '../support/postgres.ts';
import { startReceiver } from '../support/receiver.ts';
import { freePort } from '../support/free-ports.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';
import { waitFor } from '../support/wait-for.ts';

const JWT_SECRET = 'a secret of the repair test, 32 characters';
const MESSAGES = 400;

/** The processes are killed during a replay; the receiver keeps the record, outside of them. */
it('a replay whose process is killed twice delivers each message, and makes each due once', async () => {
  const folder = newFolder();
  try {
    await replayUnderKills(`sqlite:${join(folder, 'posthaste.db')}`, 1, [0.2, 0.6]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 180_000);

describeWithPostgres('a fleet of two', (createDatabase) => {
  it(
    'continues a replay when the process that runs it is killed',
    { timeout: 180_000 },
    async () => {
      await replayUnderKills(await createDatabase(), 2, [0.4]);
    },
  );
});

async function replayUnderKills(
  databaseUrl: string,
  processes: number,
  kills: readonly number[],
): Promise<void> {
  const env = {
    POSTHASTE_DATABASE_URL: databaseUrl,
    POSTHASTE_JWT_SECRET: JWT_SECRET,
    POSTHASTE_ALLOW_NETWORKS: '127.0.0.0/8',
    POSTHASTE_LOG_LEVEL: 'error',
  };
  const receiver = await startReceiver();
  const running: ServerProcess[] = [];
  const start = async () => running.push(await startServer(env, await freePort()));
  const first = () => ({ url: String(running[0]?.url) });
  const api = await apiCallsOf<Answer>(first, JWT_SECRET);
  try {
    for (let count = 0; count < processes; count++) await start();
    const since = new Date().toISOString();
    const { id: app } = await api.post('/app', { name: 'replayed' });
    const path = `/app/${app}/endpoint`;
    const { id: endpoint } = await api.post(path, { url: receiver.url, disabled: true });
    const published = await publishMany(api, String(app));
    await api.call('PATCH', `${path}/${endpoint}`, { disabled: false });

    const replay = await api.post(`${path}/${endpoint}/replay-missing`, { since });
    for (const part of kills) {
      await waitFor(() => receiver.received.length > MESSAGES * part, 'a part to arrive', 30_000);
      await running.shift()?.kill();
      await start();
    }
    const ended = await waitFor(
      async () => {
        const { body: found } = await api.call('GET', `/background-task/${replay.id}`);
        return found.status !== 'running' && found;
      },
      'the task to end',
      40_000,
    );
    expect(ended).toMatchObject({
      status: 'finished',
      data: { scanned: MESSAGES, changed: MESSAGES, reason: null },
    });
    const arrived = () => new Set(receiver.received.map(({ headers }) => headers['webhook-id']));
    await waitFor(() => arrived().size === MESSAGES, 'all to arrive', 30_000);
    expect([...arrived()].toSorted(byText)).toEqual(published.toSorted(byText));
  } finally {
    await Promise.all(running.map((one) => one.kill()));
    await receiver.close();
  }
}

const byText = (one: string | string[] | undefined, other: string | string[] | undefined) =>
  String(one) < String(other) ? -1 : 1;

async function publishMany(api: ApiCalls<Answer>, app: string): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < MESSAGES) {
    const batch = Array.from({ length: 50 }, (_, number) =>
      api.post(`/app/${app}/msg`, { eventType: 'test.event', payload: { number } }),
    );
    for (const { id } of await Promise.all(batch)) ids.push(String(id));
  }
  return ids;
}

interface Answer {
  readonly id?: string;
  readonly status?: string;
}
