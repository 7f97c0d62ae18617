import { startProgram, type Program } from '../child.ts';
import { figure, type Figure } from '../figure.ts';
import { inParallel } from '../in-parallel.ts';
import type { Result } from '../report.ts';
import type { Server } from '../server.ts';
import type { SinkHandlers } from '../sink.ts';
import { publishPath, registerApplication, Stage, type Settings } from '../stage.ts';
import type { IsolationCase } from './cases.ts';
import { latencyFigures, type Observation } from './latency-figures.ts';
import { startNameServer } from './name-server.ts';
import type { ReadersHandlers, ReadersResult } from './readers.ts';
import type { SteadyHandlers, SteadyResult } from './steady.ts';

/**
 * Measures the time of messages to healthy endpoints from acceptance to arrival, first alone and then beside sick
 * endpoints, with one server, one publisher and one rate.
 */
export async function measureIsolation(
  name: string,
  isolationCase: IsolationCase,
  settings: Settings,
): Promise<Result> {
  const world = await createWorld(isolationCase, settings);
  const { sick, lists = false, replay = false } = isolationCase;
  const faults: string[] = [];

  await warmUp(world);
  if (lists || replay) await fill(world, faults);
  const quiet = await observe(world, quietSeconds);
  if (!lists && !replay) await fill(world, faults);

  await world.sickSink.ask('reset');
  const recoveryMs = sick.down ? await recover(world) : null;
  const replayed = replay ? await startReplay(world) : null;
  const seconds = settings.isolationSeconds;
  const [loaded, listed, toSick] = await Promise.all([
    observe(world, seconds),
    lists ? readLists(world, seconds) : null,
    sick.perSecond === undefined ? null : publishToSick(world, sick.perSecond, seconds),
  ]);
  const { peakRssBytes } = await world.server.memory();
  const sickRequests = await world.sickSink.ask('count');
  const madeDue = replayed && (await replayed());
  await world.close();

  for (const { failure } of [quiet, loaded]) {
    if (failure !== null) faults.push(`publishing failed: ${failure}`);
  }
  return {
    scenario: `isolation/${name}`,
    faults,
    figures: [
      ...latencyFigures(quiet, loaded),
      figure('peak RSS', peakRssBytes / 1e6, 'MB', { atMost: 300 }),
      figure('server CPU, quiet', quiet.cpuPercent, '% of a core'),
      figure('server CPU, loaded', loaded.cpuPercent, '% of a core'),
      figure('requests to the others while loaded', sickRequests, ''),
      ...(recoveryMs === null ? [] : [figure('endpoint up to first arrival', recoveryMs, 'ms')]),
      ...(toSick === null
        ? []
        : [
            figure('published to the others while loaded', toSick.published.length / seconds, '/s'),
          ]),
      ...(madeDue === null ? [] : [figure('made due by the replay', madeDue, '')]),
      ...listFigures(listed),
    ],
  };
}

const quietSeconds = 10;
/** The time after the last publish until a message that has not arrived counts as missing. */
const patienceMs = 20_000;

/** Longer than the longest pause between two probes of a breaker. */
const recoveryPatienceMs = 180_000;

interface World {
  readonly isolationCase: IsolationCase;
  readonly stage: Stage;
  readonly server: Server;
  readonly sickSink: Program<SinkHandlers>;
  readonly healthy: readonly string[];
  readonly sick: readonly string[];
  /** The publisher for the healthy endpoints, and the publisher for the others. */
  readonly steady: readonly [Program<SteadyHandlers>, Program<SteadyHandlers>];
  close(): Promise<void>;
}

async function createWorld(isolationCase: IsolationCase, settings: Settings): Promise<World> {
  const { sick, names = false, healthyEndpoints = 50, healthyAnswer = {} } = isolationCase;
  const stage = new Stage(settings);
  const sickSink = startProgram<SinkHandlers>('./sink.ts');
  const steady = [
    startProgram<SteadyHandlers>('./isolation/steady.ts'),
    startProgram<SteadyHandlers>('./isolation/steady.ts'),
  ] as const;
  const nameServer = names ? await startNameServer() : null;
  const server = await stage.startServer(
    nameServer === null ? {} : { POSTHASTE_DNS_SERVERS: nameServer.address },
  );

  const register = (ports: readonly number[], prefix: string, more = {}) =>
    inParallel(ports, async (port, index) => {
      const host = names ? `${prefix}${index}.test` : '127.0.0.1';
      const url = `http://${host}:${port}/hook`;
      return (await registerApplication(server, [{ url, ...more }])).id;
    });
  const healthyPorts = await stage.sink.ask('listen', { endpoints: healthyEndpoints });
  await stage.sink.ask('answer', healthyAnswer);
  const healthy = await register(healthyPorts, 'healthy');
  const sickPorts = await sickSink.ask('listen', { endpoints: sick.endpoints });
  await sickSink.ask('answer', sick.answer);
  const { throttleRate } = sick;
  const more = { ...(throttleRate !== undefined && { throttleRate }) };
  const sickIds = await register(sickPorts, 'hang', more);
  if (sick.down) await sickSink.ask('down');

  return {
    isolationCase,
    stage,
    server,
    sickSink,
    healthy,
    sick: sickIds,
    steady,
    async close() {
      // Killed, because a stop would wait for hanging requests.
      await server.stop('SIGKILL');
      await Promise.all([sickSink, ...steady].map((program) => program.end()));
      nameServer?.close();
      await stage.close();
    },
  };
}

/** Publishes until the code is compiled and each endpoint has a connection. */
async function warmUp({ stage, server, healthy }: World): Promise<void> {
  const load = await stage.publish(server, healthy, { until: { events: 6_000 } });
  await stage.arrived(load.accepted);
  await server.settled();
}

/** Publishes the waiting messages of the sick endpoints. */
async function fill(world: World, faults: string[]): Promise<void> {
  const { stage, server, sick, sickSink, isolationCase } = world;
  const { waiting, endpoints } = isolationCase.sick;
  const events = (waiting === 'messages' ? stage.settings.messages : waiting) * endpoints;
  if (events === 0) return;
  const { failure } = await stage.publish(server, sick, { until: { events } });
  if (failure !== null) faults.push(`filling failed: ${failure}`);
  if (isolationCase.lists !== true && isolationCase.replay !== true) return;
  await stage.arrived(events, 20_000, sickSink);
  await server.settled();
}

interface Observed extends Observation {
  readonly cpuPercent: number;
}

/** Publishes to the healthy endpoints for a while, and follows each message to its arrival. */
async function observe(world: World, seconds: number): Promise<Observed> {
  const { stage, server, healthy, isolationCase } = world;
  await stage.sink.ask('reset', { followAll: true });
  const cpuBefore = await server.cpuMicros();
  const startedAt = performance.now();
  const order = steadyOrder(server, healthy, isolationCase.healthyPerSecond ?? 200, seconds);
  const { published, notAccepted, failure } = await world.steady[0].ask('publish', order, 120_000);
  const cpuMicros = (await server.cpuMicros()) - cpuBefore;
  const cpuPercent = cpuMicros / 10 / (performance.now() - startedAt);
  await stage.arrived(published.length, patienceMs);
  const arrivals = await stage.sink.ask('arrivals', undefined, 120_000);
  return { published, notAccepted, failure, arrivals, cpuPercent };
}

function publishToSick(world: World, perSecond: number, seconds: number): Promise<SteadyResult> {
  const order = steadyOrder(world.server, world.sick, perSecond, seconds);
  return world.steady[1].ask('publish', order, 120_000);
}

/** Brings the endpoint back, and waits until the server has noticed. */
async function recover({ stage, sickSink }: World): Promise<number> {
  await sickSink.ask('up');
  const upAt = performance.now();
  await stage.arrived(1, recoveryPatienceMs, sickSink);
  return performance.now() - upAt;
}

/** Starts a replay of all messages of the endpoint; returns a function that asks how many it has made due. */
async function startReplay({ server, sick }: World): Promise<() => Promise<number>> {
  const path = `/app/${sick[0]}/endpoint`;
  const { data } = await server.call<{ data: { id: string }[] }>('GET', path);
  const since = new Date(Date.now() - 3_600_000).toISOString();
  const { id } = await server.call<{ id: string }>('POST', `${path}/${data[0]?.id}/bulk-replay`, {
    since,
  });
  return async () => {
    const task = await server.call<{ data: { changed: number } }>('GET', `/background-task/${id}`);
    return task.data.changed;
  };
}

function steadyOrder(
  { port, token }: Server,
  applications: readonly string[],
  perSecond: number,
  seconds: number,
) {
  return { port, token, paths: applications.map(publishPath), perSecond, seconds };
}

/** Four filters that match none of the messages. */
async function readLists(world: World, seconds: number): Promise<ReadersResult> {
  const { server, sick } = world;
  const [application = ''] = sick;
  const { data } = await server.call<{ data: { id: string }[] }>(
    'GET',
    `/app/${application}/endpoint`,
  );
  const base = `/api/v1/app/${application}`;
  const attempts = `${base}/attempt/endpoint/${data[0]?.id}`;
  const paths = [
    `${base}/msg?event_types=no.such.type`,
    `${base}/msg?channel=no-such-channel`,
    `${attempts}?status=2`,
    `${attempts}?event_types=no.such.type`,
  ];
  const readers = startProgram<ReadersHandlers>('./isolation/readers.ts');
  const { port, token } = server;
  const result = await readers.ask('read', { port, token, paths, seconds }, 180_000);
  await readers.end();
  return result;
}

function listFigures(result: ReadersResult | null): Figure[] {
  if (result === null) return [];
  return [
    figure('lists', result.lists, ''),
    figure('slowest list', result.slowestMs, 'ms'),
    ...Object.entries(result.statuses).map(([status, count]) =>
      figure(`lists answered ${status}`, count, ''),
    ),
  ];
}
