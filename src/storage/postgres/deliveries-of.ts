import type { Selectable } from 'kysely';
import type { DeliveryTable } from '../schema.ts';
import type { ConnectionPool } from './connection-pool.ts';
import type { DatabaseTime } from './database-time.ts';

interface SourcedRow extends Selectable<DeliveryTable> {
  readonly source: number;
}

/**
 * The deliveries of one message, from the three tables that may hold a delivery: the attempts, where a
 * successful one is the proof of delivery; the deliveries that ended without success; and the pending ones.
 * A later table overrides an earlier one. One statement reads all three, so that it can't miss a delivery
 * that moves between them.
 */
export async function deliveriesOf(
  pool: ConnectionPool,
  time: DatabaseTime,
  applicationId: string,
  messageId: string,
): Promise<Selectable<DeliveryTable>[]> {
  const { rows } = await pool.run<SourcedRow>({
    name: 'deliveries-of',
    text: DELIVERIES_OF,
    values: [messageId, applicationId],
  });
  const deliveries = new Map<string, SourcedRow>();
  const counts = new Map<string, number>();
  for (const row of rows) {
    if (row.source === 0) counts.set(row.endpoint_id, row.attempt_count);
    if (row.source === 0 && row.state !== DELIVERED) continue;
    const attempt_count = row.source === 1 ? (counts.get(row.endpoint_id) ?? 0) : row.attempt_count;
    deliveries.set(row.endpoint_id, { ...row, attempt_count, due_at: dueAtOf(row, time) });
  }
  return [...deliveries.values()];
}

/** The due time, converted to this process's time; while claimed it is the end of the claim, by the claimant's time. */
export function dueAtOf(
  { due_at, claim_owner }: Pick<Selectable<DeliveryTable>, 'due_at' | 'claim_owner'>,
  time: DatabaseTime,
): number | null {
  return due_at === null || claim_owner !== 0 ? due_at : time.local(due_at);
}

const DELIVERED = 1;

const DELIVERIES_OF = `
  select 0 as source, message_id, endpoint_id, application_id, max(succeeded)::int4 as state,
    count(*)::int4 as attempt_count, 0 as schedule_step, null::int8 as due_at, 0 as claim_owner
  from posthaste.attempt where message_id = $1 and application_id = $2
  group by message_id, endpoint_id, application_id
  union all
  select 1, message_id, endpoint_id, application_id, state, 0, schedule_step, null, 0
  from posthaste.settled_delivery where message_id = $1 and application_id = $2
  union all
  select 2, message_id, endpoint_id, application_id, 0, attempt_count, schedule_step, due_at,
    claim_owner
  from posthaste.delivery where message_id = $1 and application_id = $2
  order by source`;
