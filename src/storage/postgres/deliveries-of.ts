import type { Selectable } from 'kysely';
import type { DeliveryTable } from '../schema.ts';
import type { ConnectionPool } from './connection-pool.ts';
import type { DatabaseTime } from './database-time.ts';

interface SourcedRow extends Selectable<DeliveryTable> {
  readonly source: number;
}

/**
 * The deliveries of one message, from the three places where one may be known: the attempts, of which
 * a successful one is the proof of delivery; the table of those that ended otherwise; the table of
 * those that are owed. The later ones override the earlier. One statement reads all three, so that none
 * is missed on its way from one to the next.
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

/** While claimed, it is the claim's end in the time of its owner. */
export function dueAtOf(
  { due_at, claim_owner }: Pick<Selectable<DeliveryTable>, 'due_at' | 'claim_owner'>,
  time: DatabaseTime,
): number | null {
  return due_at === null || claim_owner !== 0 ? due_at : time.ours(due_at);
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
