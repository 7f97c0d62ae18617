import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// Tests start hundreds of threads and processes from the sources. With this, each module is compiled
// once, not once in each of them: the conformance suite of the storage takes half the time.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(
  new URL('node_modules/.cache/compile', import.meta.url),
);

interface Project {
  readonly name: string;
  readonly include: string[];
  readonly exclude?: string[];
  /** A process for each file: its files measure memory, or patch what others use. */
  readonly isolate?: true;
  /** What its installations stand on: see `test/support/test-backends.ts`. */
  readonly setup?: string;
}

const IN_CI = process.env['CI'] === 'true';
const SETUP = process.env['TEST_SETUP'];
const HAS_POSTGRES =
  IN_CI || process.env['TEST_POSTGRES_URL'] !== undefined || existsSync('/usr/lib/postgresql');

const MEASURES_MEMORY = 'test/e2e/hostile-receivers.test.ts';

const NEED_A_SERVER = [
  'src/queue/rabbitmq/rabbitmq-queue.test.ts',
  'src/storage/copy/copy-database.test.ts',
  'src/storage/postgres/postgres-storage.test.ts',
  'src/storage/postgres/partitions.test.ts',
  'src/storage/postgres/outbox/postgres-outbox.test.ts',
  'src/storage/postgres/migrations/migrate.test.ts',
  'src/storage/postgres/removal/remove-expired.test.ts',
];

/** The unit tests run first; the files of the others run together. */
const PROJECTS: readonly Project[] = [
  {
    name: 'unit',
    include: ['src/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'faces/{kit,react}/**/*.test.ts'],
    exclude: NEED_A_SERVER,
  },
  { name: 'conformance', include: ['test/conformance/**/*.test.ts', ...NEED_A_SERVER] },
  { name: 'simulation', include: ['test/simulation/**/*.test.ts'], isolate: true },
  {
    name: 'e2e',
    include: ['test/{e2e,docs,containers,package}/**/*.test.ts'],
    exclude: [MEASURES_MEMORY],
  },
  // Those that touch the storage in the most ways. `npm run test:setups` runs all, which takes minutes.
  ...(SETUP === undefined && HAS_POSTGRES
    ? [
        {
          name: 'e2e-postgres',
          include: [
            'test/e2e/{delivery,odd-texts,raw-messages}.test.ts',
            'faces/test/{portal,console-tools}.test.ts',
          ],
          setup: 'postgres',
        },
      ]
    : []),
  { name: 'faults', include: ['test/faults/**/*.test.ts', MEASURES_MEMORY], isolate: true },
  { name: 'apps', include: ['apps/*/test/**/*.test.ts'] },
  { name: 'faces', include: ['faces/test/**/*.test.ts'] },
];

/**
 * Begin first: one of these that began last would run alone at the end. The longest is the first, and
 * those that compute (browsers, the simulation) stand between those that wait.
 */
const LONG = [
  'test/package/package.test.ts',
  'test/e2e/ingest.test.ts',
  'test/faults/fleet-faults.test.ts',
  'faces/test/portal.test.ts',
  'faces/test/console.test.ts',
  'test/faults/outbox-ledger.test.ts',
  'test/simulation/simulation.test.ts',
  'faces/test/states.test.ts',
  'test/e2e/delivery.test.ts',
  'test/conformance/storage.postgres.test.ts',
  'test/faults/fleet.test.ts',
  'test/faults/rabbitmq-queue.test.ts',
  'test/faults/ledger.test.ts',
  'apps/call-provider/test/rabbitmq.test.ts',
  'apps/call-provider/test/demo.test.ts',
  'apps/call-center/test/dashboard.test.ts',
  'test/faults/rabbitmq-delivery.test.ts',
  'test/e2e/push-back.test.ts',
  'test/e2e/cli.test.ts',
  'test/conformance/storage.sqlite.test.ts',
  'test/faults/postgres-delivery.test.ts',
  'apps/ip-notifier/test/two-nodes.test.ts',
  'test/simulation/planted-faults.test.ts',
  'test/docs/examples.test.ts',
  'apps/call-provider/test/deliveries.test.ts',
  'faces/test/console-tools.test.ts',
  'test/faults/balancer.test.ts',
  'test/e2e/svix-go.test.ts',
  'apps/call-center/test/rabbitmq.test.ts',
  'test/e2e/withdrawal.test.ts',
  'test/faults/repair.test.ts',
  'test/faults/postgres-pooler.test.ts',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort(
      (one, other) =>
        group(one) - group(other) || place(one) - place(other) || byProject(one, other),
    );
  }
}

function group({ project }: TestSpecification): number {
  return project.config.sequence.groupOrder;
}

/** A process goes on with the next file only if that is of the same project. */
function byProject(one: TestSpecification, other: TestSpecification): number {
  return one.project.name < other.project.name ? -1 : Number(one.project.name > other.project.name);
}

function place({ moduleId }: TestSpecification): number {
  const found = LONG.findIndex((path) => moduleId.endsWith(`/${path}`));
  return found < 0 ? LONG.length : found;
}

const CORES = Math.max(2, Math.min(4, availableParallelism()));
// Real servers, brokers and browsers on a machine that does other work as well: in CI a test of these
// gets a second chance. The log says "retry x1" where it was needed; such a test is to be mended.
const RETRIED = ['conformance', 'e2e', 'e2e-postgres', 'faults', 'apps', 'faces'];
// Outside of the unit tests a file waits half of its time: for a server to boot, for a retry, for a lease.
const WORKERS_THAT_WAIT = CORES * 2;

export default defineConfig({
  ssr: { resolve: { conditions: ['posthaste-source', 'node'] } },
  test: {
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // `test/e2e/svix-react.test.ts` chooses the version of `svix` that it gets.
    server: { deps: { inline: ['svix-react'] } },
    globalSetup: 'test/support/shared-setup.ts',
    sequence: { sequencer: LongestFirst },
    projects: PROJECTS.map(({ setup = SETUP, isolate = false, ...project }) => ({
      extends: true,
      test: {
        ...project,
        // Files of two groups never run at a time: with a group for each project, the cores are idle
        // at the end of each.
        sequence: { groupOrder: project.name === 'unit' ? 0 : 1 },
        maxWorkers: project.name === 'unit' ? CORES : WORKERS_THAT_WAIT,
        ...(setup !== undefined && { env: { TEST_SETUP: setup } }),
        // A process for each file costs the unit tests half of their time, and the others a second of a
        // core each: they load the sources anew. They change nothing global.
        isolate,
        retry: IN_CI && RETRIED.includes(project.name) ? 1 : 0,
      },
    })),
  },
});
