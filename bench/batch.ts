import { Agent, request } from 'node:http';
import { type Figure, figure, median } from './figure.ts';
import { inParallel } from './in-parallel.ts';
import type { Result } from './report.ts';
import type { Server } from './server.ts';
import { Stage, type Settings, publishPath, registerApplication } from './stage.ts';

/**
 * Compares the cost of an event in a batch to that of a single publish, in turns on one server and database. There are
 * no deliveries, which would cost both the same.
 */
export async function measureBatch(settings: Settings): Promise<Result> {
  const stage = new Stage(settings);
  const server = await stage.startServer();
  const { id } = await registerApplication(server, []);
  // Only whole batches; costs are divided by the number of published events.
  const events = Math.ceil((settings.events ?? EVENTS) / BATCH) * BATCH;
  const cpu = async () => ({
    server: await server.cpuMicros(),
    database: (await stage.database?.work())?.cpuMicros ?? 0,
  });
  const run = async (kind: Kind): Promise<Cost> => {
    await server.settled();
    const before = await cpu();
    await publish[kind](server, publishPath(id), events, settings.connections);
    await server.settled();
    const after = await cpu();
    return {
      server: (after.server - before.server) / events,
      database: (after.database - before.database) / events,
    };
  };
  await run('single');
  await run('batch');
  const costs: Record<Kind, Cost[]> = { single: [], batch: [] };
  for (let turn = 0; turn < TURNS; turn++) {
    for (const kind of ['single', 'batch'] as const) costs[kind].push(await run(kind));
  }
  await server.stop();
  await stage.close();
  return { scenario: 'batch', figures: figuresOf(costs, settings.postgres), faults: [] };
}

type Kind = 'single' | 'batch';

/** Microseconds of CPU for an event. */
interface Cost {
  readonly server: number;
  readonly database: number;
}

function figuresOf(costs: Record<Kind, readonly Cost[]>, withDatabase: boolean): Figure[] {
  const costOf = (kind: Kind, of: (cost: Cost) => number) => median(costs[kind].map(of));
  const shown = (name: string, of: (cost: Cost) => number): Figure[] => {
    const [single, batch] = [costOf('single', of), costOf('batch', of)];
    return [
      figure(`${name} per event, single`, single, 'µs'),
      figure(`${name} per event, batch`, batch, 'µs'),
      figure(`${name}, batch ÷ single`, batch / single, '', { atMost: 0.5 }),
    ];
  };
  if (!withDatabase) return shown('server CPU', (cost) => cost.server);
  return [
    ...shown('server CPU', (cost) => cost.server),
    ...shown('database CPU', (cost) => cost.database),
    ...shown('CPU of both', (cost) => cost.server + cost.database),
  ];
}

const publish: Record<
  Kind,
  (server: Server, path: string, events: number, connections: number) => Promise<void>
> = {
  single: (server, path, events, connections) => post(server, path, MESSAGE, events, connections),
  batch: (server, path, events) => {
    const body = `{"messages":[${Array.from({ length: BATCH }, () => MESSAGE).join(',')}]}`;
    return post(server, `${path}/batch`, body, events / BATCH, 4);
  },
};

async function post(
  { port, token }: Server,
  path: string,
  body: string,
  times: number,
  connections: number,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const one = () =>
    new Promise<void>((resolve, reject) => {
      request({ port, path, method: 'POST', agent, headers }, (answer) => {
        answer.resume().on('end', () => {
          if ((answer.statusCode ?? 500) < 300) resolve();
          else reject(new Error(`answered ${answer.statusCode}`));
        });
      })
        .on('error', reject)
        .end(body);
    });
  await inParallel(Array.from({ length: times }), one, connections);
  agent.destroy();
}

const TURNS = 5;
const BATCH = 500;
const EVENTS = 10_000;
const MESSAGE = JSON.stringify({
  eventType: 'call.new',
  payload: { type: 'call.new', from: '+15550100', to: '+15550199', at: 1_700_000_000 },
});
