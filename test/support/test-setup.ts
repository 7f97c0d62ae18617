import { startPostgres } from './postgres-server.ts';

/** For vitest: one PostgreSQL for all tests of a run with TEST_SETUP=postgres. */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env['TEST_POSTGRES_URL']) return undefined;
  const server = await startPostgres({ durable: false, settings: { max_connections: '400' } });
  process.env['TEST_POSTGRES_URL'] = server.url;
  return () => server.stop();
}
