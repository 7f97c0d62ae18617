import { Client } from 'pg';
import { databaseFigures } from './database.ts';
import { type Figure, figure } from './figure.ts';
import type { Result } from './report.ts';
import { Stage, type Settings, createApplication } from './stage.ts';

/**
 * Measures messages that are sent inside PostgreSQL transactions: how many a second arrive at their endpoint, from the
 * first `posthaste.send` on. Sixteen publishers commit rows one by one, and then a hundred in each transaction, which is
 * faster than the relay.
 */
export async function measureOutbox(settings: Settings): Promise<Result> {
  const stage = new Stage({ ...settings, postgres: true });
  const ports = await stage.sink.ask('listen', { endpoints: 1 });
  const server = await stage.startServer();
  const { id } = await createApplication(server, ports);
  const publisher = {
    url: stage.database?.url ?? '',
    organization: server.organizationId,
    app: id,
  };
  const events = Math.ceil((settings.events ?? EVENTS) / ROWS) * ROWS;
  const faults: string[] = [];

  const run = async (rows: number, count: number): Promise<Figure[]> => {
    await server.settled();
    await stage.sink.ask('reset');
    const before = (await stage.database?.work()) ?? null;
    const cpuBefore = await server.cpuMicros();
    const beganAt = performance.now();
    await publish(publisher, rows, count);
    const sentMs = performance.now() - beganAt;
    const seen = await stage.arrived(count);
    const last = seen.at(-1) ?? { count: 0, at: beganAt };
    if (last.count !== count) faults.push(`${last.count} of ${count} arrived`);
    const seconds = (last.at - beganAt) / 1000;
    await server.settled();
    const cpuMicros = (await server.cpuMicros()) - cpuBefore;
    const after = (await stage.database?.work()) ?? null;
    const kind = rows === 1 ? 'one by one' : `by ${rows}`;
    return [
      figure(`events, ${kind}`, count / seconds, '/s', { atLeast: 2_000 }),
      figure(`sent, ${kind}`, count / (sentMs / 1000), '/s'),
      { ...figure(`server CPU per event, ${kind}`, cpuMicros / count, 'µs'), better: 'less' },
      ...databaseFigures(before, after, count, seconds).map((one) => ({
        ...one,
        name: `${one.name}, ${kind}`,
      })),
    ];
  };

  await run(ROWS, events);
  const figures = [...(await run(1, events)), ...(await run(ROWS, events))];
  await server.stop();
  await stage.close();
  return { scenario: 'outbox', figures, faults };
}

interface Publisher {
  readonly url: string;
  readonly organization: string;
  readonly app: string;
}

async function publish(
  { url, organization, app }: Publisher,
  rows: number,
  events: number,
): Promise<void> {
  const clients = Array.from({ length: PUBLISHERS }, () => new Client({ connectionString: url }));
  await Promise.all(clients.map((client) => client.connect()));
  const send = 'select posthaste.send($1, $2, $3, organization => $4) from generate_series(1, $5)';
  let left = events / rows;
  await Promise.all(
    clients.map(async (client) => {
      while (left-- > 0) await client.query(send, [app, 'call.new', PAYLOAD, organization, rows]);
      await client.end();
    }),
  );
}

const PUBLISHERS = 16;
const ROWS = 100;
const EVENTS = 20_000;
const PAYLOAD = JSON.stringify({ from: '+15550100', to: '+15550199', at: 1_700_000_000 });
