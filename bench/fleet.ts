import { type RabbitmqServer, startRabbitmq } from '../test/support/rabbitmq.ts';
import { startProgram } from './child.ts';
import { cpuMicrosOf, databaseFigures } from './database.ts';
import { type Figure, figure, percentile } from './figure.ts';
import { inParallel } from './in-parallel.ts';
import type { SteadyHandlers, SteadyMessage } from './isolation/steady.ts';
import type { LoadHandlers } from './load.ts';
import type { Result } from './report.ts';
import { type Server, throughputSettings } from './server.ts';
import { Stage, type Settings, publishPath, registerApplication } from './stage.ts';

export interface FleetCase {
  /** The roles of each process. Events go in equal parts to the processes with the role `api`. */
  readonly processes: readonly ('api' | 'worker' | 'api,worker')[];
  /** Whether hand-offs go through a RabbitMQ. */
  readonly broker: boolean;
}

const BOTH = 'api,worker';

export const fleetCases: Readonly<Record<string, FleetCase>> = {
  'postgres-1': { processes: [BOTH], broker: false },
  'postgres-2': { processes: [BOTH, BOTH], broker: false },
  'postgres-4': { processes: [BOTH, BOTH, BOTH, BOTH], broker: false },
  'rabbitmq-2': { processes: [BOTH, BOTH], broker: true },
  // Every delivery goes from the accepting process to the other one.
  'handover-postgres': { processes: ['api', BOTH], broker: false },
  'handover-rabbitmq': { processes: ['api', BOTH], broker: true },
};

/** Enough applications, each with one endpoint, for all processes to own some. */
const APPLICATIONS = 32;
const OFFERED_PER_SECOND = 1_000;

/**
 * Measures several processes on one PostgreSQL: first their throughput, then their latency at a fixed rate. The CPU
 * time of all processes counts, with PostgreSQL and RabbitMQ.
 */
export async function measureFleet(
  name: string,
  { processes, broker }: FleetCase,
  settings: Settings,
): Promise<Result> {
  const stage = new Stage({ ...settings, postgres: true });
  const rabbitmq = broker ? await startRabbitmq() : null;
  const ports = await stage.sink.ask('listen', { endpoints: APPLICATIONS });
  const ceiling = await measureCeiling(stage, ports, settings);
  const servers: Server[] = [];
  for (const roles of processes) servers.push(await startProcess(stage, roles, rabbitmq));
  // When all deliveries are to be handed over, only the first process is published to.
  const publishedTo = processes[0] === 'api' ? servers.slice(0, 1) : servers;
  const [first] = servers;
  if (first === undefined) throw new Error('a fleet has a process');
  const applications = await inParallel(ports, async (port) => {
    const url = `http://127.0.0.1:${port}/hook`;
    return (await registerApplication(first, [{ url }])).id;
  });
  const world: World = { stage, servers, publishedTo, rabbitmq, applications };

  await measureAll(world, Math.min(WARM_UP_SECONDS, settings.seconds));
  const full = await measureAll(world, settings.seconds);
  const offered = await measureOffered(world, settings.seconds);
  const rss = await Promise.all(servers.map((server) => server.memory()));
  await Promise.all(servers.map((server) => server.stop()));
  await stage.close();
  await rabbitmq?.stop();

  return {
    scenario: `fleet/${name}`,
    faults: [...full.faults, ...offered.faults],
    figures: [
      { ...figure('events', full.perSecond, '/s'), better: 'more' },
      ...full.figures.map((one) =>
        one.name === 'CPU per event, all processes' ? { ...one, target: { atMost: 250 } } : one,
      ),
      figure('ceiling', ceiling, '/s'),
      ...offered.figures,
      figure('peak RSS, all servers', sum(rss.map((one) => one.peakRssBytes)) / 1e6, 'MB'),
    ],
  };
}

interface World {
  readonly stage: Stage;
  readonly servers: readonly Server[];
  readonly publishedTo: readonly Server[];
  readonly rabbitmq: RabbitmqServer | null;
  readonly applications: readonly string[];
}

interface Measured {
  readonly perSecond: number;
  readonly figures: readonly Figure[];
  readonly faults: readonly string[];
}

function startProcess(stage: Stage, roles: string, rabbitmq: RabbitmqServer | null) {
  return stage.startServer({
    ...throughputSettings(stage.settings.connections),
    POSTHASTE_ROLES: roles,
    ...(rabbitmq !== null && { POSTHASTE_QUEUE_URL: rabbitmq.url }),
  });
}

/** Publishes in equal parts over the given number of connections, as fast as answers come. */
async function measureAll(world: World, seconds: number): Promise<Measured> {
  const { stage, publishedTo, applications } = world;
  const connections = Math.max(1, Math.floor(stage.settings.connections / publishedTo.length));
  const publishers = publishedTo.map((server) => ({
    server,
    program: startProgram<LoadHandlers>('./load.ts'),
  }));
  await stage.sink.ask('reset');
  const before = await workOf(world);
  const startedAt = performance.now();
  const loads = await Promise.all(
    publishers.map(({ server, program }) =>
      program.ask(
        'publish',
        {
          ...order(server, applications),
          payloads: 'calls',
          connections,
          until: { seconds },
          maxOutstanding: Number.MAX_SAFE_INTEGER,
        },
        seconds * 1_000 + 60_000,
      ),
    ),
  );
  const accepted = sum(loads.map((load) => load.accepted));
  const publishedSeconds = (performance.now() - startedAt) / 1_000;
  const seen = await stage.arrived(accepted);
  const untilLast = ((seen.at(-1)?.at ?? startedAt) - startedAt) / 1_000;
  const used = await usedSince(world, before, accepted, untilLast);
  await Promise.all(publishers.map(({ program }) => program.end()));
  const failures = loads.flatMap((load) => load.failure ?? []);
  return {
    perSecond: accepted / untilLast,
    figures: [
      figure('accepted while publishing', accepted / publishedSeconds, '/s'),
      figure(
        'accept, p50',
        percentile(
          loads.flatMap((load) => [...load.latenciesMs]),
          50,
        ),
        'ms',
      ),
      ...used,
    ],
    faults: [...failures, ...missing(accepted, await stage.sink.ask('count'))],
  };
}

/** Publishes at a steady rate, whatever the answers are, and follows each message to its arrival. */
async function measureOffered(world: World, seconds: number): Promise<Measured> {
  const { stage, publishedTo, applications } = world;
  const publishers = publishedTo.map((server) => ({
    server,
    program: startProgram<SteadyHandlers>('./isolation/steady.ts'),
  }));
  await stage.sink.ask('reset', { followAll: true });
  const before = await workOf(world);
  const perSecond = OFFERED_PER_SECOND / publishedTo.length;
  const results = await Promise.all(
    publishers.map(({ server, program }) =>
      program.ask('publish', { ...order(server, applications), perSecond, seconds }, 120_000),
    ),
  );
  const published = results.flatMap((result) => result.published);
  await stage.arrived(published.length);
  const used = await usedSince(world, before, published.length, seconds);
  const arrivals = await stage.sink.ask('arrivals', undefined, 60_000);
  await Promise.all(publishers.map(({ program }) => program.end()));
  const failures = results.flatMap((result) => result.failure ?? []);
  const at = `at ${OFFERED_PER_SECOND}/s`;
  const toArrival = latenciesOf(published, arrivals);
  return {
    perSecond: OFFERED_PER_SECOND,
    figures: [
      figure(`accept to arrival ${at}, p50`, percentile(toArrival, 50), 'ms'),
      figure(`accept to arrival ${at}, p99`, percentile(toArrival, 99), 'ms', { atMost: 100 }),
      figure(`accept to arrival ${at}, most`, Math.max(...toArrival), 'ms'),
      figure(
        `publish to accept ${at}, p99`,
        percentile(
          published.map((one) => (one.acceptedAtMicros - one.sentAtMicros) / 1_000),
          99,
        ),
        'ms',
      ),
      ...used.map((one) => ({ ...one, name: `${one.name}, ${at}` })),
    ],
    faults: [...failures, ...missing(published.length, await stage.sink.ask('count'))],
  };
}

function latenciesOf(
  published: readonly SteadyMessage[],
  arrivals: readonly { readonly messageId: string; readonly atMicros: number }[],
): number[] {
  const acceptedAt = new Map(published.map((one) => [one.messageId, one.acceptedAtMicros]));
  return arrivals.flatMap(({ messageId, atMicros }) => {
    const accepted = acceptedAt.get(messageId);
    return accepted === undefined ? [] : [Math.max(0, atMicros - accepted) / 1_000];
  });
}

async function workOf({ stage, servers, rabbitmq }: World) {
  return {
    database: (await stage.database?.work()) ?? null,
    servers: sum(await Promise.all(servers.map((server) => server.cpuMicros()))),
    broker: rabbitmq === null ? 0 : await cpuMicrosOf(rabbitmq.pid ?? 0),
  };
}

/** Waits until the servers are idle, so that recording counts, and returns the work since `before`. */
async function usedSince(
  world: World,
  before: Awaited<ReturnType<typeof workOf>>,
  events: number,
  seconds: number,
): Promise<Figure[]> {
  await Promise.all(world.servers.map((server) => server.settled()));
  const after = await workOf(world);
  const servers = (after.servers - before.servers) / events;
  const broker = (after.broker - before.broker) / events;
  const database = databaseFigures(before.database, after.database, events, seconds);
  const databaseCpu = database.find(({ name }) => name === 'database CPU per event')?.value ?? 0;
  return [
    figure('server CPU per event', servers, 'µs'),
    ...database,
    ...(world.rabbitmq === null ? [] : [figure('RabbitMQ CPU per event', broker, 'µs')]),
    figure('CPU per event, all processes', servers + databaseCpu + broker, 'µs'),
  ];
}

async function measureCeiling(
  stage: Stage,
  ports: readonly number[],
  { connections }: Settings,
): Promise<number> {
  const slices = await stage.measureCeiling({
    ports: [...ports],
    payloads: 'calls',
    connections,
    tls: false,
  });
  return percentile(
    slices.map(({ requestsPerSecond }) => requestsPerSecond),
    50,
  );
}

function order({ port, token }: Server, applications: readonly string[]) {
  return { port, token, paths: applications.map(publishPath) };
}

function missing(accepted: number, arrived: number): string[] {
  return arrived < accepted ? [`${accepted - arrived} of ${accepted} did not arrive`] : [];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

const WARM_UP_SECONDS = 8;
