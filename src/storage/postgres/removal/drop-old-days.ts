import { firstId } from '../../../domain/ids.ts';
import type { RetentionRequest } from '../../retention.ts';
import { DAY_MS } from '../partitions.ts';
import { type Send, owed } from './expunge.ts';

/**
 * Drops the partitions of the first day that is wholly over; answers how many. A day of whose messages
 * an attempt is owed stays whole until that is settled.
 *
 * Dropping takes the parent's lock for a moment. It gives up soon when somebody holds the table, because
 * everybody else would wait behind it.
 */
export async function dropOldDays(
  send: Send,
  { attemptsBefore, messagesBefore }: RetentionRequest,
): Promise<number> {
  // Attempts, and how deliveries ended, are told by their message.
  const endOf = {
    message: messagesBefore ?? -Infinity,
    attempt: Math.max(attemptsBefore ?? -Infinity, messagesBefore ?? -Infinity),
    settled_delivery: Math.max(attemptsBefore ?? -Infinity, messagesBefore ?? -Infinity),
  };
  const { rows } = await send<Partition>({ name: 'retention-partitions', text: PARTITIONS });
  const old = rows.filter(({ table, day }) => day + DAY_MS <= endOf[table]);
  const owedDays = new Set<number>();
  for (const { day } of old) {
    if (owedDays.has(day)) continue;
    const ofDay = old.filter((partition) => partition.day === day);
    const range = [firstId('msg', day), firstId('msg', day + DAY_MS)];
    const { rows: waiting } = await send({ name: 'retention-owed', text: OWED, values: range });
    if (waiting.length > 0) {
      owedDays.add(day);
      continue;
    }
    await send({ text: `set local lock_timeout = '${LOCK_TIMEOUT_MS}ms'` });
    // Deliveries that wait at disabled endpoints.
    await send({
      text: 'delete from posthaste.delivery where message_id >= $1 and message_id < $2',
      values: range,
    });
    for (const { name } of ofDay) await send({ text: `drop table posthaste.${name}` });
    return ofDay.length;
  }
  return 0;
}

interface Partition {
  readonly table: 'message' | 'attempt' | 'settled_delivery';
  readonly name: string;
  readonly day: number;
}

const LOCK_TIMEOUT_MS = 200;

const PARTITIONS = `
  select left(c.relname, -9) as table, c.relname as name,
    (extract(epoch from to_date(right(c.relname, 8), 'YYYYMMDD')) * 1000)::int8 as day
  from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
  where n.nspname = 'posthaste' and c.relkind = 'r'
    and c.relname ~ '^(message|attempt|settled_delivery)_\\d{8}$'
  order by day, name`;

const OWED = `
  select from posthaste.delivery as o
  where o.message_id >= $1 and o.message_id < $2 and ${owed('o.message_id')} limit 1`;
