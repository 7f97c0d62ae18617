import { afterAll, beforeAll } from 'vitest';
import { installDebianPackages } from './debian.ts';
import { describeUnlessMissing } from './describe-unless-missing.ts';
import {
  createDatabase,
  dropDatabase,
  newestBin,
  type PostgresOptions,
  type PostgresServer,
  startPostgres,
} from './postgres-server.ts';
import { shared } from './shared.ts';

const BOOT_DEADLINE_MS = 70_000;

/**
 * A `describe` whose tests use a PostgreSQL:
 *
 * ```
 * describeWithPostgres('migrations', (createDatabase) => {
 *   it('…', async () => { migrate(await createDatabase()) … });
 * });
 * ```
 *
 * The databases are created on the server that TEST_POSTGRES_URL names, whose user must have the right to create
 * them. Without the variable all files of the run share an instance of Debian's postgresql, which is installed first
 * where the user may install packages. Without PostgreSQL the tests are skipped; with CI=true they fail.
 */
export function describeWithPostgres(
  name: string,
  tests: (createDatabase: () => Promise<string>) => void,
): void {
  const missing = process.env['TEST_POSTGRES_URL'] ? undefined : whyMissing();
  const created: string[] = [];
  describeUnlessMissing(name, missing, () => {
    beforeAll(() => shared('postgres'), BOOT_DEADLINE_MS);
    afterAll(async () => {
      const { url } = await shared('postgres');
      for (const database of created) await dropDatabase(url, database);
    });
    tests(async () => {
      const { url } = await shared('postgres');
      const database = await createDatabase(url);
      created.push(database);
      return database;
    });
  });
}

/** The same for tests that kill or restart the server: it is always a private instance. */
export function describeWithPostgresServer(
  name: string,
  options: PostgresOptions,
  tests: (server: () => PostgresServer) => void,
): void {
  describeUnlessMissing(name, whyMissing(), () => {
    let server: PostgresServer | undefined;
    beforeAll(async () => {
      server = await startPostgres(options);
    }, BOOT_DEADLINE_MS);
    afterAll(() => server?.stop());
    tests(() => {
      if (!server)
        throw new Error('PostgreSQL has not started yet: ask for it in a test or a hook.');
      return server;
    });
  });
}

function whyMissing(): string | undefined {
  if (newestBin() !== null) return undefined;
  const reason = installDebianPackages(['postgresql']);
  return reason && `skipped: no PostgreSQL here; set TEST_POSTGRES_URL or install it (${reason})`;
}
