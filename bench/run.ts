/**
 * Measures the server from outside: `npm run bench -- --help`. README.md says how to read it.
 */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measureBacklog } from './backlog.ts';
import { killChildren } from './child.ts';
import { printProfiles } from './profile.ts';
import { printJson, printTable, type Result } from './report.ts';
import { measureIdle, measureStart } from './rest.ts';
import { removeDirectories, type Settings } from './stage.ts';
import { measureThroughput } from './throughput.ts';

const fanOut = { payloads: 'calls', endpoints: 50, maxOutstanding: 100, maxRatio: 1.8 } as const;
/** What `POSTHASTE_CONCURRENCY` is unless set: who fans out to 50 endpoints leaves it so. */
const DEFAULT_CONCURRENCY = 256;

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
    measureThroughput({ ...fanOut, name: 'fanout', slots: DEFAULT_CONCURRENCY }, settings),
  'fanout-64': (settings) => measureThroughput({ ...fanOut, name: 'fanout-64' }, settings),
  backlog: measureBacklog,
  idle: measureIdle,
  start: measureStart,
};

const help = `npm run bench -- [options]

  --scenario NAME   one of ${Object.keys(scenarios).join(', ')}; may be repeated (all)
  --seconds N       how long each rate is measured (8)
  --events N        publish so many events instead (single, single-github, fanout, fanout-64)
  --messages N      size of the backlog (1000000)
  --connections N   of the publisher, the ceiling and the server to its endpoints (64); with fanout the
                    latter two have as many as the server by default: 256
  --profile         CPU profiles of the server in bench/results/NAME, and their summary
  --json            JSON lines only
`;

const { values: options } = parseArgs({
  options: {
    scenario: { type: 'string', multiple: true, default: Object.keys(scenarios) },
    seconds: { type: 'string', default: '8' },
    events: { type: 'string' },
    messages: { type: 'string', default: '1000000' },
    connections: { type: 'string', default: '64' },
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
  for (const name of options.scenario) {
    const measure = scenarios[name];
    if (measure === undefined) throw new Error(`no scenario ${name}\n\n${help}`);
    const profileDirectory = options.profile ? await resultsDirectory(name) : null;
    const result = await measure({
      connections: Number(options.connections),
      seconds: Number(options.seconds),
      events: options.events === undefined ? null : Number(options.events),
      messages: Number(options.messages),
      profileDirectory,
    }).catch((error: unknown): Result => {
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

async function resultsDirectory(name: string): Promise<string> {
  const stamp = new Date().toISOString().replaceAll(':', '-');
  const directory = fileURLToPath(new URL(`results/${name}-${stamp}`, import.meta.url));
  await mkdir(directory, { recursive: true });
  return directory;
}
