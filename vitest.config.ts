import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Tests start hundreds of threads and processes from the sources. With this, each module is compiled
// once, not once in each of them: the conformance suite of the storage takes half the time.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(
  new URL('node_modules/.cache/compile', import.meta.url),
);

interface Project {
  readonly name: string;
  readonly include: string[];
  readonly exclude?: string[];
  /** What its installations stand on: see `test/support/test-setup.ts`. */
  readonly setup?: string;
}

const SETUP = process.env['TEST_SETUP'];
const HAS_POSTGRES =
  process.env['CI'] === 'true' ||
  process.env['TEST_POSTGRES_URL'] !== undefined ||
  existsSync('/usr/lib/postgresql');

const NEED_A_SERVER = [
  'src/queue/rabbitmq/rabbitmq-queue.test.ts',
  'src/storage/postgres/postgres-storage.test.ts',
  'src/storage/postgres/outbox/postgres-outbox.test.ts',
  'src/storage/postgres/migrations/migrate.test.ts',
];

/** From the fastest to the slowest, in the order in which `npm test` runs them. */
const PROJECTS: readonly Project[] = [
  {
    name: 'unit',
    include: ['src/**/*.test.ts', 'apps/*/src/**/*.test.ts'],
    exclude: NEED_A_SERVER,
  },
  { name: 'conformance', include: ['test/conformance/**/*.test.ts', ...NEED_A_SERVER] },
  { name: 'simulation', include: ['test/simulation/**/*.test.ts'] },
  { name: 'e2e', include: ['test/{e2e,docs,containers,package}/**/*.test.ts'] },
  // Those that touch the storage in the most ways. `npm run test:setups` runs all, which takes minutes.
  ...(SETUP === undefined && HAS_POSTGRES
    ? [
        {
          name: 'e2e-postgres',
          include: ['test/e2e/{delivery,raw-messages}.test.ts'],
          setup: 'postgres',
        },
      ]
    : []),
  { name: 'faults', include: ['test/faults/**/*.test.ts'] },
  { name: 'apps', include: ['apps/*/test/**/*.test.ts'] },
];

export default defineConfig({
  ssr: { resolve: { conditions: ['posthaste-source', 'node'] } },
  test: {
    // A machine that runs three servers beside the tests is slower.
    testTimeout: SETUP === undefined ? 30_000 : 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    projects: PROJECTS.map(({ setup = SETUP, ...project }, groupOrder) => ({
      extends: true,
      test: {
        ...project,
        sequence: { groupOrder },
        ...(setup !== undefined && {
          globalSetup: 'test/support/test-setup.ts',
          env: { TEST_SETUP: setup },
        }),
        // A process for each file costs the unit tests half of their time. They change nothing global.
        isolate: project.name !== 'unit',
      },
    })),
  },
});
