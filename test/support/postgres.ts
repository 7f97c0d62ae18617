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
 * else on a private instance of Debian's postgresql, installed first where that may be done; it
 * starts once per test file, in about two seconds, and ends with it. Where there is no PostgreSQL the
 * tests are skipped and say so; with CI=true they fail.
 */
export function describeWithPostgres(
  name: string,
  tests: (createDatabase: () => Promise<string>) => void,
): void {
  const given = process.env['TEST_POSTGRES_URL'];
  if (!given) {
    describeWithPostgresServer(name, { durable: false }, (server) =>
      tests(() => server().createDatabase()),
    );
    return;
  }
  const created: string[] = [];
  describeWhen(name, undefined, () => {
    afterAll(async () => {
      for (const url of created) await dropDatabase(given, url);
    });
    tests(async () => {
      const url = await createDatabase(given);
      created.push(url);
      return url;
    });
  });
}

/** The same for tests that kill or restart: always a private instance. */
export function describeWithPostgresServer(
  name: string,
  options: PostgresOptions,
  tests: (server: () => PostgresServer) => void,
): void {
  const missing = whyMissing();
  if (missing && process.env['CI'] === 'true') throw new Error(missing);
  describeWhen(name, missing, () => {
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
  const title = missing ? `${name} (${missing})` : name;
  // oxlint-disable-next-line vitest/valid-title, vitest/valid-describe-callback
  describe.skipIf(missing)(title, tests);
}

function whyMissing(): string | undefined {
  if (newestBin() !== null) return undefined;
  const reason = installDebianPackages(['postgresql']);
  return reason && `skipped: no PostgreSQL here; set TEST_POSTGRES_URL or install it (${reason})`;
}
