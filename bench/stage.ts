import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { CeilingHandlers, CeilingOrder, CeilingSlice } from './ceiling.ts';
import { startProgram, type Program } from './child.ts';
import { type BenchDatabase, postgresDatabase, sqliteDatabase } from './database.ts';
import type { LoadHandlers, LoadOrder, LoadResult } from './load.ts';
import { startServer, throughputSettings, type Server } from './server.ts';
import type { SinkHandlers } from './sink.ts';

export interface Settings {
  /** Connections of the publisher; unless a scenario says otherwise, also of the ceiling and of the server. */
  readonly connections: number;
  readonly seconds: number;
  /** The duration of a case of isolation. */
  readonly isolationSeconds: number;
  /** The number of events to publish; null: publishes for a time. */
  readonly events: number | null;
  /** The number of messages in a backlog. */
  readonly messages: number;
  readonly profileDirectory: string | null;
  /** Whether to measure with PostgreSQL, and not with SQLite. */
  readonly postgres: boolean;
  /** The path of the repository whose server is measured. */
  readonly checkout: string;
}

/** The parts of a scenario: a directory, a sink and a publisher, which `close` ends. */
export class Stage {
  readonly settings: Settings;
  readonly directory: string;
  readonly sink: Program<SinkHandlers>;
  readonly load: Program<LoadHandlers>;
  /** Null until the first server has started. */
  database: BenchDatabase | null = null;

  constructor(settings: Settings) {
    this.settings = settings;
    this.directory = makeDirectory();
    this.sink = startProgram<SinkHandlers>('./sink.ts');
    this.load = startProgram<LoadHandlers>('./load.ts');
  }

  async startServer(
    settings: Readonly<Record<string, string>> = throughputSettings(this.settings.connections),
  ): Promise<Server> {
    const { profileDirectory, checkout, postgres } = this.settings;
    this.database ??= postgres ? await postgresDatabase() : sqliteDatabase(this.directory);
    return startServer({
      directory: this.directory,
      settings: { POSTHASTE_DATABASE_URL: this.database.url, ...settings },
      checkout,
      profileDirectory,
    });
  }

  /** Measures the ceiling in a new process, without traces of earlier measurements. */
  async measureCeiling(
    target: Pick<CeilingOrder, 'ports' | 'payloads' | 'connections' | 'tls'>,
  ): Promise<CeilingSlice[]> {
    const ceiling = startProgram<CeilingHandlers>('./ceiling.ts');
    const order = { ...target, warmUpSeconds: 1.5, slices: 3 };
    const slices = await ceiling.ask('measure', order, 30_000);
    await ceiling.end();
    return slices;
  }

  async publish(
    server: Server,
    applicationIds: string | readonly string[],
    order: Pick<LoadOrder, 'until'> & Partial<LoadOrder>,
    endpoints = 1,
  ): Promise<LoadResult> {
    const heldBack = order.maxOutstanding !== undefined;
    if (heldBack) {
      await this.sink.ask('notices', { on: true });
      this.sink.onNotice((count) => this.load.tell(Math.floor(count / endpoints)));
    }
    const result = await this.load.ask(
      'publish',
      {
        port: server.port,
        token: server.token,
        paths: [applicationIds].flat().map(publishPath),
        connections: this.settings.connections,
        payloads: 'calls',
        maxOutstanding: Number.MAX_SAFE_INTEGER,
        ...order,
      },
      'seconds' in order.until ? order.until.seconds * 1000 + 60_000 : 3_600_000,
    );
    if (heldBack) await this.sink.ask('notices', { on: false });
    if (result.failure !== null) {
      // The connections of a dying process close a moment before its end is reported.
      await pause(500);
      server.assertRunning();
    }
    return result;
  }

  /**
   * Waits until a sink has counted the expected requests; gives up when none has come for `patienceMs`. Returns the
   * counts, with their times.
   */
  async arrived(expected: number, patienceMs = 20_000, sink = this.sink): Promise<ArrivalCount[]> {
    const seen: ArrivalCount[] = [];
    let lastGrowthAt = performance.now();
    for (;;) {
      const count = await sink.ask('count');
      const at = performance.now();
      if (count !== seen.at(-1)?.count) {
        seen.push({ count, at });
        lastGrowthAt = at;
      }
      if (count >= expected || at - lastGrowthAt > patienceMs) return seen;
      await pause(10);
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.sink.end(), this.load.end(), this.database?.stop()]);
    removeDirectory(this.directory);
  }
}

export interface ArrivalCount {
  readonly count: number;
  readonly at: number;
}

const directories = new Set<string>();

export function removeDirectories(): void {
  for (const directory of directories) removeDirectory(directory);
}

function makeDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'posthaste-bench-'));
  directories.add(directory);
  return directory;
}

function removeDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
  directories.delete(directory);
}

export function publishPath(applicationId: string): string {
  return `/api/v1/app/${applicationId}/msg`;
}

/** Creates an application with one endpoint for each port of the sink. */
export function createApplication(
  server: Server,
  ports: readonly number[],
  scheme: 'http' | 'https' = 'http',
): Promise<Application> {
  const endpoints = ports.map((port) => ({ url: `${scheme}://127.0.0.1:${port}/hook` }));
  return registerApplication(server, endpoints);
}

export async function registerApplication(
  server: Server,
  endpoints: readonly EndpointIn[],
): Promise<Application> {
  const { id } = await server.call<{ id: string }>('POST', '/app', { name: 'bench' });
  for (const endpoint of endpoints) await server.call('POST', `/app/${id}/endpoint`, endpoint);
  return { id, endpoints: endpoints.length };
}

/** The members of the API that benchmarks set. */
export interface EndpointIn {
  readonly url: string;
  readonly throttleRate?: number;
}

export interface Application {
  readonly id: string;
  readonly endpoints: number;
}

/** The faults of a run: accepted events that did not arrive or have no recorded attempt. */
export async function verify(
  stage: Stage,
  server: Server,
  application: Application,
  load: LoadResult,
): Promise<string[]> {
  const faults: string[] = [];
  if (load.failure !== null) faults.push(`publishing failed: ${load.failure}`);
  if (load.sampled.length === 0) faults.push('no published event was followed');

  const expected = load.accepted * application.endpoints;
  const count = await stage.sink.ask('count');
  if (count < expected) faults.push(`${expected - count} of ${expected} deliveries did not arrive`);

  const arrivalsOf = new Map<string, number>();
  for (const { messageId } of await stage.sink.ask('arrivals', undefined, 120_000)) {
    arrivalsOf.set(messageId, (arrivalsOf.get(messageId) ?? 0) + 1);
  }
  const lost = load.sampled.filter(
    ({ messageId }) => (arrivalsOf.get(messageId) ?? 0) < application.endpoints,
  );
  if (lost.length > 0) {
    faults.push(`of ${load.sampled.length} followed events, ${lost.length} did not arrive`);
  }

  for (const { messageId } of load.sampled.slice(-5)) {
    const { data } = await server.call<{ data: { status: number; endpointId: string }[] }>(
      'GET',
      `/app/${application.id}/attempt/msg/${messageId}?limit=250`,
    );
    const recorded = new Set(data.filter(({ status }) => status === 0).map((a) => a.endpointId));
    if (recorded.size < application.endpoints) {
      faults.push(`${messageId} has ${recorded.size} recorded successes`);
    }
  }
  return faults;
}
