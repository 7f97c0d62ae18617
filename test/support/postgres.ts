import { afterAll, beforeAll, describe } from 'vitest';
import { installDebianPackages } from './debian.ts';
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
 * Databases are made on the server that TEST_POSTGRES_URL names, whose user must be allowed to, or
 * else on an instance of Debian's postgresql, installed first where that may be done, that the files
 * of the run share. Where there is no PostgreSQL the tests are skipped and say so; with CI=true they fail.
 */
export function describeWithPostgres(
  name: string,
  tests: (createDatabase: () => Promise<string>) => void,
): void {
  const missing = process.env['TEST_POSTGRES_URL'] ? undefined : whyMissing();
  const created: string[] = [];
  describeWhen(name, missing, () => {
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

/** The same for tests that kill or restart: always a private instance. */
export function describeWithPostgresServer(
  name: string,
  options: PostgresOptions,
  tests: (server: () => PostgresServer) => void,
): void {
  describeWhen(name, whyMissing(), () => {
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

function describeWhen(name: string, missing: string | undefined, tests: () => void): void {
  if (missing && process.env['CI'] === 'true') throw new Error(missing);
  const title = missing ? `${name} (${missing})` : name;
  // oxlint-disable-next-line vitest/valid-title, vitest/valid-describe-callback
  describe.skipIf(missing)(title, tests);
}

function whyMissing(): string | undefined {
  if (newestBin() !== null) return undefined;
  const reason = installDebianPackages(['postgresql']);
  return reason && `skipped: no PostgreSQL here; set TEST_POSTGRES_URL or install it (${reason})`;
}
