import type { Head, TaskScan } from '../../storage.ts';
import { type FoundRow, foundOf } from '../../repositories/rows.ts';
import type { FoundDelivery } from '../../../domain/standing.ts';
import { foundDeliveries } from '../found-deliveries.ts';
import { PAYLOAD_DELETED } from '../payload-deleted.ts';
import type { ReadRequest } from '../wire/queries.ts';

type Read = (request: ReadRequest) => Promise<readonly unknown[]>;

/** Messages without a payload can't be sent. */
const HAS_PAYLOAD = `not ${PAYLOAD_DELETED}`;

/** Reads messages in the order of `message_id`, and their delivery and attempts by primary key. */
export const SCAN_MESSAGES = `${foundDeliveries({
  messages: 'message as m',
  endpoint: '?1',
  withStatus: '?5',
})} where m.application_id = ?2 and m.id > ?3 and m.id < ?4 and ${HAS_PAYLOAD} order by m.id limit ?6`;

/** Reads failed attempts along `attempt_failed`. A cross join, because SQLite keeps the order of its tables. */
export const SCAN_FAILURES = `${foundDeliveries({
  messages: `attempt as f indexed by attempt_failed
      cross join message as m on m.application_id = ?2 and m.id = f.message_id`,
  endpoint: '?1',
  withStatus: '?5',
  at: 'f.id',
  happenedAt: 'f.started_at',
})} where f.endpoint_id = ?1 and f.succeeded = 0 and f.id > ?3 and f.id < ?4
      and f.started_at >= ?7 and f.started_at < ?8 and ${HAS_PAYLOAD}
      and not exists (select 1 from attempt as later where later.message_id = f.message_id
        and later.id > f.id and later.endpoint_id = ?1
        and later.succeeded = 0 and later.started_at < ?8)
    order by f.id limit ?6`;

export async function scanDeliveries(read: Read, scan: TaskScan): Promise<FoundDelivery[]> {
  const { applicationId, endpointId, by, since, until, after, before, limit, withStatus } = scan;
  const along = [endpointId, applicationId, after ?? '', before, withStatus ? 1 : 0, limit];
  const request =
    by === 'failure'
      ? { sql: SCAN_FAILURES, parameters: [...along, since ?? 0, until] }
      : { sql: SCAN_MESSAGES, parameters: along };
  const rows = (await read(request)) as readonly FoundRow[];
  return rows.map(foundOf);
}

/** At an ordered endpoint all waiting deliveries count, because they wait for its head. */
export const DUE_COUNT = `
  select count(*) as count from (
    select 1 from delivery indexed by delivery_pending
    where state = 0 and claim_owner = 0 and endpoint_id = ?1
      and due_at <= iif((select ordered from endpoint where id = ?1) = 1, 9e15, ?2)
    limit ?3)`;

export async function dueCount(
  read: Read,
  endpointId: string,
  now: number,
  limit: number,
): Promise<number> {
  const rows = await read({ sql: DUE_COUNT, parameters: [endpointId, now, limit] });
  return (rows[0] as { count: number } | undefined)?.count ?? 0;
}

export const HEAD = `
  select message_id, attempt_count, due_at, claim_owner from delivery indexed by delivery_ordered
  where state = 0 and ordered = 1 and endpoint_id = ?1
    and (select ordered from endpoint where id = ?1) = 1
  order by message_id limit 1`;

export async function headOf(read: Read, endpointId: string): Promise<Head | null> {
  const [row] = (await read({ sql: HEAD, parameters: [endpointId] })) as readonly HeadRow[];
  if (row === undefined) return null;
  const { message_id, attempt_count, due_at, claim_owner } = row;
  return {
    messageId: message_id,
    attemptCount: attempt_count,
    dueAt: due_at,
    claimed: claim_owner > 0,
  };
}

interface HeadRow {
  readonly message_id: string;
  readonly attempt_count: number;
  readonly due_at: number;
  readonly claim_owner: number;
}
