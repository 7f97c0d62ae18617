import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CeilingSlice } from './ceiling.ts';
import type { Arrival } from './sink.ts';
import type { LoadResult } from './load.ts';
import type { PayloadSet } from './payloads.ts';
import { certificate } from './certificate.ts';
import { databaseFigures } from './database.ts';
import { figure, percentile, type Figure, type Target } from './figure.ts';
import type { Result } from './report.ts';
import { throughputSettings } from './server.ts';
import { createApplication, Stage, verify, type Settings } from './stage.ts';

export interface ThroughputScenario {
  readonly name: string;
  readonly payloads: PayloadSet;
  readonly endpoints: number;
  /**
   * The most events that are published and have not arrived. A fan-out needs this bound, because publishing is much
   * cheaper than 50 deliveries, and the run would measure the backlog.
   */
  readonly maxOutstanding?: number;
  /** Connections of the ceiling and of the server to its endpoints; absent: as many as the publisher has. */
  readonly slots?: number;
  /** The most CPU of the server per delivery, as a multiple of the ceiling's CPU per request. */
  readonly maxRatio?: number;
  /** Whether the receivers speak TLS. */
  readonly tls?: boolean;
  /** Whether the receivers close the connection after each response. */
  readonly close?: boolean;
  /** The least events per second on a machine whose ceiling is 27,000 requests per second. */
  readonly minEventsPerSecond?: number;
}

/** Publishes for a while, and counts the cost of the server until everything is delivered and recorded. */
export async function measureThroughput(
  scenario: ThroughputScenario,
  settings: Settings,
): Promise<Result> {
  const stage = new Stage(settings);
  const { payloads, endpoints, maxOutstanding, slots = settings.connections } = scenario;
  const { tls = false, close = false } = scenario;
  const ports = await stage.sink.ask('listen', { endpoints, tls });
  await stage.sink.ask('answer', { close });
  const measureCeiling = () => stage.measureCeiling({ ports, payloads, connections: slots, tls });
  const ceilingBefore = await measureCeiling();

  const server = await stage.startServer({
    ...throughputSettings(slots),
    ...(tls && (await trust(stage))),
  });
  const application = await createApplication(server, ports, tls ? 'https' : 'http');
  const order = { payloads, ...(maxOutstanding !== undefined && { maxOutstanding }) };
  const publish = async (until: { seconds: number } | { events: number }) => {
    await stage.sink.ask('reset');
    const load = await stage.publish(server, application.id, { ...order, until }, endpoints);
    const seen = await stage.arrived(load.accepted * endpoints);
    const untilLastArrival = Math.max(load.seconds, secondsSince(load, seen.at(-1)?.at));
    await server.settled();
    return { load, untilLastArrival };
  };

  await publish({ seconds: Math.min(WARM_UP_SECONDS, settings.seconds) });
  const databaseBefore = (await stage.database?.work()) ?? null;
  const cpuBefore = await server.cpuMicros();
  const sinkCpuBefore = await stage.sink.ask('cpuMicros');
  const { load, untilLastArrival } = await publish(
    settings.events === null ? { seconds: settings.seconds } : { events: settings.events },
  );
  const cpuMicros = (await server.cpuMicros()) - cpuBefore;
  const databaseAfter = (await stage.database?.work()) ?? null;
  const sinkCpuMicros = (await stage.sink.ask('cpuMicros')) - sinkCpuBefore;
  const deliveries = await stage.sink.ask('count');
  const arrivals = await stage.sink.ask('arrivals');
  const faults = await verify(stage, server, application, load);
  const { peakRssBytes } = await server.memory();
  await server.stop();

  const slices = [...ceilingBefore, ...(await measureCeiling())];
  await stage.close();
  const ceiling = summarize(slices);
  const perDelivery = cpuMicros / deliveries;
  const { maxRatio } = scenario;
  const ratioTarget = maxRatio === undefined ? undefined : { atMost: maxRatio };

  return {
    scenario: scenario.name,
    faults,
    figures: [
      {
        ...figure(
          'events',
          load.accepted / untilLastArrival,
          '/s',
          eventsTarget(scenario, ceiling),
        ),
        better: 'more',
      },
      figure('deliveries', deliveries / untilLastArrival, '/s'),
      figure('accepted while publishing', load.accepted / load.seconds, '/s'),
      { ...figure('server CPU per event', cpuMicros / load.accepted, 'µs'), better: 'less' },
      figure('server CPU per delivery', perDelivery, 'µs'),
      ...databaseFigures(databaseBefore, databaseAfter, load.accepted, untilLastArrival),
      figure('ceiling CPU per request', ceiling.cpuMicros, 'µs'),
      figure('ceiling CPU per request, best', ceiling.bestCpuMicros, 'µs'),
      figure('ceiling', ceiling.requestsPerSecond, '/s'),
      figure('ceiling, best', ceiling.bestRequestsPerSecond, '/s'),
      figure('CPU per delivery ÷ ceiling', perDelivery / ceiling.cpuMicros, '×', ratioTarget),
      figure('CPU per delivery ÷ best ceiling', perDelivery / ceiling.bestCpuMicros, '×'),
      ...latencyFigures(load, arrivals),
      { ...figure('peak RSS', peakRssBytes / 1e6, 'MB'), better: 'less' },
      figure('duplicates', deliveries - load.accepted * endpoints, ''),
      figure('publisher CPU per event', load.cpuMicros / load.accepted, 'µs'),
      figure('sink CPU per delivery', sinkCpuMicros / deliveries, 'µs'),
    ],
  };
}

/** About the time for which V8 goes on compiling. */
const WARM_UP_SECONDS = 8;

/** Makes the server trust the receivers, by its setting, or by that of Node.js if the build lacks the setting. */
async function trust(stage: Stage): Promise<Record<string, string>> {
  const file = join(stage.directory, 'authority.pem');
  await writeFile(file, certificate.cert);
  return { POSTHASTE_CA_FILE: file, NODE_EXTRA_CA_CERTS: file };
}

function secondsSince(load: LoadResult, at: number | undefined): number {
  const startedAt = load.startedAtMicros / 1000 - monotonicOffsetMs;
  return at === undefined ? 0 : (at - startedAt) / 1000;
}

/** The difference between `performance.now()` of this process and the monotonic clock of all processes. */
const monotonicOffsetMs = Number(process.hrtime.bigint()) / 1e6 - performance.now();

function summarize(slices: readonly CeilingSlice[]) {
  const cpu = slices.map((slice) => slice.cpuMicrosPerRequest);
  const rate = slices.map((slice) => slice.requestsPerSecond);
  return {
    cpuMicros: percentile(cpu, 50),
    bestCpuMicros: Math.min(...cpu),
    requestsPerSecond: percentile(rate, 50),
    bestRequestsPerSecond: Math.max(...rate),
  };
}

function eventsTarget(
  { minEventsPerSecond }: ThroughputScenario,
  ceiling: { requestsPerSecond: number },
): Target | undefined {
  if (minEventsPerSecond === undefined) return undefined;
  return { atLeast: Math.round((minEventsPerSecond * ceiling.requestsPerSecond) / 27_000) };
}

function latencyFigures(load: LoadResult, arrivals: readonly Arrival[]): Figure[] {
  const published = new Map(load.sampled.map((event) => [event.messageId, event]));
  const sinceAccepted: number[] = [];
  const sincePublished: number[] = [];
  for (const { messageId, atMicros } of arrivals) {
    const event = published.get(messageId);
    if (event === undefined) continue;
    // The 202 and the delivery are sent together, and the delivery may be read first.
    sinceAccepted.push(Math.max(0, atMicros - event.acceptedAtMicros) / 1000);
    sincePublished.push((atMicros - event.sentAtMicros) / 1000);
  }
  const both = (name: string, values: readonly number[]) => [
    figure(`${name}, p50`, percentile(values, 50), 'ms'),
    figure(`${name}, p99`, percentile(values, 99), 'ms'),
  ];
  return [
    ...both('publish to accept', [...load.latenciesMs]),
    ...both('accept to arrival', sinceAccepted),
    ...both('publish to arrival', sincePublished),
  ];
}
