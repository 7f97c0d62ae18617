import type { FoundDelivery } from '../../domain/standing.ts';
import { shardOf } from '../fleet.ts';
import { type FoundRow, foundOf } from '../repositories/rows.ts';
import type { Head, TaskScan } from '../storage.ts';
import type { ConnectionPool } from './connection-pool.ts';
import type { DatabaseTime } from './database-time.ts';
import { payloadDeleted } from './payload-deleted.ts';

/**
 * The states of messages at an endpoint, from the three tables that may hold a delivery (`deliveries-of.ts`),
 * each read by primary key. `messages` is the text after `from`; it must have the message as `m`, and `at` and
 * `happened_at`.
 */
export function foundDeliveries(messages: string, endpoint: string, withStatus: string): string {
  // `is true` hides the condition: by the endpoint's index the planner would read all its attempts for each message.
  const attempts = `
          from posthaste.attempt as a
          where a.message_id = m.id and (a.endpoint_id = ${endpoint}) is true`;
  return `
    select m.id as message_id, m.at, m.happened_at, m.event_type, m.channels, m.tags,
      m.deliver_at,
      case when d.message_id is not null then 0 when s.state is not null then s.state
        when (select max(a.succeeded) ${attempts}) = 1 then 1
      end::int4 as state,
      (d.claim_owner <> 0)::int4 as claimed, d.attempt_count, d.due_at,
      case when ${withStatus}
        then (select coalesce(a.status_code, 0) ${attempts} order by a.id desc limit 1)
      end as last_status_code
    from ${messages}
      left join posthaste.delivery as d on d.message_id = m.id and d.endpoint_id = ${endpoint}
      left join posthaste.settled_delivery as s on s.message_id = m.id and s.endpoint_id = ${endpoint}`;
}

/**
 * Messages without a payload can't be sent. The condition applies before the limit, because a page with fewer
 * rows than the limit counts as the last.
 */
const HAS_PAYLOAD = `not ${payloadDeleted('e')}`;

/** Reads messages along their primary key. */
export const SCAN_MESSAGES = `${foundDeliveries(
  `(
      select id, id as at, created_at as happened_at, event_type, channels, tags, deliver_at
      from posthaste.message as e
      where application_id = $2 and id > $3 and id < $4 and ${HAS_PAYLOAD} order by id limit $6
    ) as m`,
  '$1',
  '$5::boolean',
)} order by m.at`;

/** Reads failed attempts along `attempt_failed`, and the message of each by its primary key. */
export const SCAN_FAILURES = `${foundDeliveries(
  `(
      select m.id, f.id as at, f.started_at as happened_at, m.event_type, m.channels, m.tags,
        m.deliver_at
      from (
        select f.id, f.message_id, f.started_at from posthaste.attempt as f
        where f.endpoint_id = $1 and f.succeeded = 0 and f.id > $3 and f.id < $4
          and f.started_at >= $7 and f.started_at < $8
          and (select ${HAS_PAYLOAD} from posthaste.message as e
            where e.application_id = $2 and e.id = f.message_id limit 1)
          and not exists (select from posthaste.attempt as later
            where later.message_id = f.message_id and later.id > f.id
              and (later.endpoint_id = $1) is true and (later.succeeded = 0) is true
              and later.started_at < $8)
        order by f.id limit $6
      ) as f cross join lateral (
        select id, event_type, channels, tags, deliver_at from posthaste.message
        where application_id = $2 and id = f.message_id limit 1
      ) as m
    ) as m`,
  '$1',
  '$5::boolean',
)} order by m.at`;

export async function scanDeliveries(
  pool: ConnectionPool,
  time: DatabaseTime,
  scan: TaskScan,
): Promise<FoundDelivery[]> {
  const { applicationId, endpointId, by, since, until, after, before, limit, withStatus } = scan;
  const along = [endpointId, applicationId, after ?? '', before, withStatus, limit];
  const { rows } = await pool.run<FoundRow>(
    by === 'failure'
      ? { name: 'scan-failures', text: SCAN_FAILURES, values: [...along, since ?? 0, until] }
      : { name: 'scan-messages', text: SCAN_MESSAGES, values: along },
  );
  return rows.map((row) => foundInTime(row, time));
}

export function foundInTime(row: FoundRow, time: DatabaseTime): FoundDelivery {
  return foundOf({ ...row, due_at: row.due_at === null ? null : time.local(row.due_at) });
}

/** At an ordered endpoint all waiting deliveries count, because they wait for its head. */
export const DUE_COUNT = `
  select (select count(*) from (
      select from posthaste.delivery
      where shard = $1 and endpoint_id = $2 and claim_owner = 0 and sequence is null and due_at <= $3
      limit $4) as due)::int4
    + (select count(*) from (
      select from posthaste.delivery
      where shard = $1 and endpoint_id = $2 and sequence is not null
        and claim_owner = 0 limit $4) as ordered)::int4
    as count`;

export async function dueCount(
  pool: ConnectionPool,
  time: DatabaseTime,
  endpointId: string,
  now: number,
  limit: number,
): Promise<number> {
  const { rows } = await pool.run<{ count: number }>({
    name: 'due-count',
    text: DUE_COUNT,
    values: [shardOf(endpointId), endpointId, time.stored(now), limit],
  });
  return rows[0]?.count ?? 0;
}

export async function headOf(
  pool: ConnectionPool,
  time: DatabaseTime,
  endpointId: string,
): Promise<Head | null> {
  const { rows } = await pool.run<HeadRow>({
    name: 'head-of',
    text: `
      select message_id, attempt_count, due_at, claim_owner from posthaste.delivery
      where shard = $1 and endpoint_id = $2 and sequence is not null
      order by sequence, message_id limit 1`,
    values: [shardOf(endpointId), endpointId],
  });
  const [row] = rows;
  if (row === undefined) return null;
  const claimed = row.claim_owner !== 0;
  return {
    messageId: row.message_id,
    attemptCount: row.attempt_count,
    dueAt: claimed ? row.due_at : time.local(row.due_at),
    claimed,
  };
}

interface HeadRow {
  readonly message_id: string;
  readonly attempt_count: number;
  readonly due_at: number;
  readonly claim_owner: number;
}
