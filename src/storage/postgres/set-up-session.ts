import type { ClientBase, QueryResult } from 'pg';

/**
 * Runs the statements that set up a new session. Rejects when the server takes no writes: after a failover the
 * address may still lead to the standby, whose sessions would be kept, and answer what is out of date, for as
 * long as there is work for them.
 */
export async function setUpSession(
  client: ClientBase,
  statements: readonly string[],
): Promise<void> {
  // The driver returns a list for several statements.
  const results = (await client.query<ReadOnly>(
    [...statements, 'show transaction_read_only'].join('; '),
  )) as unknown as readonly QueryResult<ReadOnly>[];
  if (results.at(-1)?.rows[0]?.transaction_read_only === 'on') {
    throw new Error('the server takes no writes: it is a standby, or set to be read only');
  }
}

interface ReadOnly {
  readonly transaction_read_only: string;
}
