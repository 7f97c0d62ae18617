import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres-server.ts';
import { startRabbitmq } from './rabbitmq.ts';

/**
 * For vitest: the servers that all tests of a run share which stand on more than SQLite. TEST_SETUP
 * says which, `postgres` or `postgres-rabbitmq`.
 */
export async function setup({ config }: TestProject): Promise<() => Promise<void>> {
  const kind = config.env['TEST_SETUP'];
  const servers: { stop(): Promise<void> }[] = [];
  if (!process.env['TEST_POSTGRES_URL']) {
    const server = await startPostgres({ durable: false, settings: { max_connections: '400' } });
    process.env['TEST_POSTGRES_URL'] = server.url;
    servers.push(server);
  }
  if (kind === 'postgres-rabbitmq') {
    const server = await startRabbitmq({ management: true });
    process.env['TEST_AMQP_URL'] = server.url;
    process.env['TEST_AMQP_MANAGEMENT_URL'] = server.managementUrl;
    servers.push(server);
  }
  return async () => {
    for (const server of servers) await server.stop();
  };
}
