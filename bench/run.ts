/**
 * Measures the server from outside: `npm run bench -- --help`. README.md explains the figures.
 */
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measureBacklog } from './backlog.ts';
import { measureBatch } from './batch.ts';
import { measureOutbox } from './outbox.ts';
import { measureBrowser } from './browser/measure.ts';
import { compareBuilds, ownCheckout } from './builds.ts';
import { killChildren } from './child.ts';
import { measureEndpoints } from './endpoints.ts';
import { fleetCases, measureFleet } from './fleet.ts';
import { isolationCases } from './isolation/cases.ts';
import { measureIsolation } from './isolation/measure.ts';
import { measureLists } from './lists.ts';
import { printProfiles } from './profile.ts';
import { printJson, printTable, type Result } from './report.ts';
import { measureIdle, measureStart } from './rest.ts';
import { removeDirectories, type Settings } from './stage.ts';
import { measureThroughput } from './throughput.ts';

const fanOut = { payloads: 'calls', endpoints: 50, maxOutstanding: 100, maxRatio: 1.3 } as const;
/** About five requests in flight to each of the 50 endpoints. */
const fanOutSlots = 256;

const scenarios: Record<string, (settings: Settings) => Promise<Result>> = {
  single: (settings) =>
    measureThroughput(
      {
        name: 'single',
        payloads: 'calls',
        endpoints: 1,
        maxRatio: 3.5,
        minEventsPerSecond: 8000,
      },
      settings,
    ),
  'single-github': (settings) =>
    measureThroughput(
      { name: 'single-github', payloads: 'github', endpoints: 1, maxRatio: 3.5 },
      settings,
    ),
  fanout: (settings) =>
    measureThroughput({ ...fanOut, name: 'fanout', slots: fanOutSlots }, settings),
  'fanout-64': (settings) => measureThroughput({ ...fanOut, name: 'fanout-64' }, settings),
  tls: (settings) =>
    measureThroughput({ name: 'tls', payloads: 'calls', endpoints: 1, tls: true }, settings),
  close: (settings) =>
    measureThroughput({ name: 'close', payloads: 'calls', endpoints: 1, close: true }, settings),
  ...Object.fromEntries(
    Object.entries(fleetCases).map(([name, fleetCase]) => [
      `fleet/${name}`,
      (settings: Settings) => measureFleet(name, fleetCase, settings),
    ]),
  ),
  'endpoints-10000': measureEndpoints,
  backlog: measureBacklog,
  batch: measureBatch,
  outbox: measureOutbox,
  lists: measureLists,
  browser: measureBrowser,
  idle: measureIdle,
  start: measureStart,
  ...Object.fromEntries(
    Object.entries(isolationCases).map(([name, isolationCase]) => [
      `isolation/${name}`,
      (settings: Settings) => measureIsolation(name, isolationCase, settings),
    ]),
  ),
};

const help = `npm run bench -- [options]

  --scenario NAME   may be repeated (all); "isolation" and "fleet" stand for all of their cases:
${Object.keys(scenarios)
  .map((name) => `                      ${name}\n`)
  .join('')}
  --seconds N       how long each rate is measured (8; a case of isolation: 20)
  --events N        publish so many events instead (single, single-github, fanout, fanout-64, tls, close, batch, outbox)
  --messages N      size of the backlog and of the database for long lists (1000000)
  --connections N   of the publisher, the ceiling and the server to its endpoints (64); with fanout
                    the latter two have 256
  --against PATH    compare with the build of another checkout: both are measured in turns
  --rounds N        how many pairs a comparison has (3)
  --postgres        with a PostgreSQL of its own instead of SQLite, and what that does for each event
  --profile         CPU profiles of the server in bench/results/NAME, and their summary
  --json            JSON lines only
`;

const { values: options } = parseArgs({
  options: {
    scenario: { type: 'string', multiple: true, default: Object.keys(scenarios) },
    seconds: { type: 'string' },
    events: { type: 'string' },
    messages: { type: 'string', default: '1000000' },
    connections: { type: 'string', default: '64' },
    against: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    postgres: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

process.on('exit', () => {
  killChildren();
  removeDirectories();
});
for (const [signal, code] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
  process.on(signal, () => process.exit(code));
}

if (options.help) process.stdout.write(help);
else await measureAll();

async function measureAll(): Promise<void> {
  for (const name of options.scenario.flatMap(namedBy)) {
    const measure = scenarios[name];
    if (measure === undefined) throw new Error(`no scenario ${name}\n\n${help}`);
    const profileDirectory = options.profile ? await resultsDirectory(name) : null;
    const settings: Settings = {
      connections: Number(options.connections),
      seconds: Number(options.seconds ?? 8),
      isolationSeconds: Number(options.seconds ?? 20),
      events: options.events === undefined ? null : Number(options.events),
      messages: Number(options.messages),
      profileDirectory,
      postgres: options.postgres,
      checkout: ownCheckout,
    };
    const { against, rounds } = options;
    const result = await (
      against === undefined
        ? measure(settings)
        : compareBuilds(measure, settings, resolve(against), Number(rounds))
    ).catch((error: unknown): Result => {
      killChildren();
      return {
        scenario: name,
        figures: [],
        faults: [error instanceof Error ? error.message : String(error)],
      };
    });
    if (!options.json) printTable(result);
    printJson(result);
    if (result.faults.length > 0) process.exitCode = 1;
    if (profileDirectory !== null && !options.json) await printProfiles(profileDirectory);
  }
  process.exit();
}

function namedBy(name: string): string[] {
  if (name !== 'isolation' && name !== 'fleet') return [name];
  return Object.keys(scenarios).filter((scenario) => scenario.startsWith(`${name}/`));
}

async function resultsDirectory(name: string): Promise<string> {
  const stamp = new Date().toISOString().replaceAll(':', '-');
  const directory = fileURLToPath(
    new URL(`results/${name.replace('/', '-')}-${stamp}`, import.meta.url),
  );
  await mkdir(directory, { recursive: true });
  return directory;
}
