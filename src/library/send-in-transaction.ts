import { PosthasteError } from '../domain/errors.ts';
import type { NewOutboxRow } from '../operations/operations.ts';
import { type Transaction, statementRunner } from './transactions.ts';

/**
 * Calls `posthaste.send` in the transaction. Throws `configuration` when that is not possible, before anything is
 * sent. Errors of the transaction's client are rethrown unchanged.
 */
export function sendIn(
  tx: Transaction,
  {
    hasOutbox,
    idempotencyKey,
    explain,
  }: { hasOutbox: boolean; idempotencyKey: string | undefined; explain: boolean },
): (row: NewOutboxRow) => Promise<string> {
  if (!hasOutbox) {
    throw refused(
      'tx needs a PostgreSQL database (set databaseUrl): an SQLite file can be open in one process only',
    );
  }
  if (idempotencyKey !== undefined) {
    throw refused('idempotencyKey cannot be combined with tx: give the message an eventId');
  }
  if (explain) {
    throw refused('explain cannot be combined with tx: endpoints are chosen after the commit');
  }
  const run = statementRunner(tx);
  return async (row) => {
    const [first] = await run(SEND, argumentsOf(row));
    const { id } = (first ?? {}) as { id?: unknown };
    if (typeof id !== 'string') throw refused('tx did not return the row of posthaste.send');
    return id;
  };
}

/** The arguments as text, which all clients send in the same way. */
function argumentsOf(row: NewOutboxRow): (string | null)[] {
  return [
    row.application,
    row.eventType,
    row.payload,
    row.eventId,
    row.channels && JSON.stringify(row.channels),
    row.contentType,
    row.organizationId,
    row.headers,
    row.traceparent,
  ];
}

const SEND = `select posthaste.send(
  $1::text, $2::text, $3::text, $4::text,
  (select array_agg(name) from json_array_elements_text($5::text::json) as name),
  $6::text, $7::text, $8::text::jsonb, $9::text) as id`;

function refused(message: string): PosthasteError {
  return new PosthasteError('configuration', message);
}
