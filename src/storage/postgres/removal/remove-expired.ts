import { firstId } from '../../../domain/ids.ts';
import { LOOK_AGAIN_MS, type Removed, type RetentionRequest } from '../../retention.ts';
import type { ConnectionPool } from '../connection-pool.ts';
import { DAY_MS, dayOf } from '../partitions.ts';
import { isTimeout } from '../postgres-errors.ts';
import { dropOldDays } from './drop-old-days.ts';
import { type Send, cancelling, erasing, owed } from './expunge.ts';

/**
 * `Storage.removeExpired`. Days are whole: what was published on a day goes when the last of it may.
 * Null: another process has the lock.
 */
export async function removeExpired(
  pool: ConnectionPool,
  request: RetentionRequest,
): Promise<Removed | null> {
  const { now, limit, payloadsBefore, messagesBefore } = request;
  try {
    return await pool.transaction(async (send) => {
      const { rows } = await send<{ mine: boolean }>({ name: 'retention-lock', text: LOCK });
      if (rows[0]?.mine !== true) return null;
      const dropped = await dropOldDays(send, request);
      if (dropped > 0) return { count: dropped, done: false };

      const uids = messagesBefore === null ? 0 : await forgetUids(send, messagesBefore, limit);
      const strays = messagesBefore === null ? 0 : await removeStrays(send, messagesBefore, limit);
      const expired = await removePayloads(send, EXPIRED, [now, limit], now);
      const old =
        payloadsBefore === null || payloadsBefore <= (messagesBefore ?? -Infinity)
          ? 0
          : await removeOldPayloads(send, payloadsBefore, limit, now);
      const done = Math.max(uids, strays, expired.looked, old) < limit;
      return { count: strays + expired.removed, done };
    });
  } catch (error) {
    // Somebody reads the tables and holds them: the next round tries again.
    if (isTimeout(error)) return { count: 0, done: true };
    throw error;
  }
}

/** Removes the payloads of what `select` finds, or puts that off for what is owed. */
async function removePayloads(
  send: Send,
  select: string,
  values: readonly unknown[],
  now: number,
): Promise<{ looked: number; removed: number; last: Found | undefined }> {
  const { rows } = await send<Found>({ text: select, values });
  if (rows.length === 0) return { looked: 0, removed: 0, last: undefined };
  const owedRows = rows.filter((row) => row.owed);
  const free = rows.filter((row) => !row.owed);
  if (owedRows.length > 0) {
    await send({
      name: 'retention-look-again',
      text: `update posthaste.message as m set expires_at = $3
        from unnest($1::text[], $2::text[]) as f (application_id, id)
        where m.application_id = f.application_id and m.id = f.id`,
      values: [...columns(owedRows), now + LOOK_AGAIN_MS],
    });
  }
  const named =
    'select application_id, id from unnest($1::text[], $2::text[]) as f (application_id, id)';
  const { rows: erased } = await send({
    name: 'retention-erase',
    text: `with ${cancelling(named, 'd.claim_owner = 0')},
      erased as (${erasing(named)}) select id from erased`,
    values: columns(free),
  });
  return { looked: rows.length, removed: erased.length, last: rows.at(-1) };
}

interface Found {
  readonly application_id: string;
  readonly id: string;
  readonly owed: boolean;
}

function columns(rows: readonly Found[]): string[][] {
  return [rows.map((row) => row.application_id), rows.map((row) => row.id)];
}

/** Goes on behind the mark, a day at a time; answers how many it looked at. */
async function removeOldPayloads(
  send: Send,
  before: number,
  limit: number,
  now: number,
): Promise<number> {
  const { rows } = await send<Mark>({ text: 'select * from posthaste.retention_mark' });
  const mark = rows[0] ?? { day: 0, application_id: '', message_id: '' };
  const { rows: days } = await send<{ day: number }>({ name: 'retention-days', text: DAYS });
  const end = dayOf(before);
  for (const { day } of days) {
    if (day < mark.day) continue;
    if (day >= end) break;
    const from = day === mark.day ? mark : { application_id: '', message_id: '' };
    const { looked, last } = await removePayloads(
      send,
      OF_DAY,
      [
        firstId('msg', day),
        firstId('msg', day + DAY_MS),
        from.application_id,
        from.message_id,
        limit,
      ],
      now,
    );
    const next =
      looked < limit
        ? { day: day + DAY_MS, application_id: '', id: '' }
        : { day, application_id: '', id: '', ...last };
    await send({
      text: 'update posthaste.retention_mark set day = $1, application_id = $2, message_id = $3',
      values: [next.day, next.application_id, next.id],
    });
    if (looked > 0) return Math.max(looked, limit);
  }
  return 0;
}

interface Mark {
  readonly day: number;
  readonly application_id: string;
  readonly message_id: string;
}

/** Uids of messages that are gone are free again. */
async function forgetUids(send: Send, before: number, limit: number): Promise<number> {
  const { rows } = await send({
    name: 'retention-uids',
    text: `delete from posthaste.message_key where (application_id, kind, key) in (
        select k.application_id, k.kind, k.key from posthaste.message_key as k
        where k.kind = 'uid' and k.message_id < $1 and not exists (
          select from posthaste.message as m
          where m.application_id = k.application_id and m.id = k.message_id)
        order by k.message_id limit $2)
      returning 1`,
    values: [firstId('msg', dayOf(before)), limit],
  });
  return rows.length;
}

/** Messages of the default partition, whose ids are of no day that had one. */
async function removeStrays(send: Send, before: number, limit: number): Promise<number> {
  const { rows } = await send<{ id: string }>({
    name: 'retention-strays',
    text: `delete from posthaste.message_default where (application_id, id) in (
        select m.application_id, m.id from posthaste.message_default as m
        where m.created_at < $1 and not ${owed('m.id')} limit $2)
      returning id`,
    values: [before, limit],
  });
  if (rows.length === 0) return 0;
  const ids = [rows.map(({ id }) => id)];
  for (const table of ['attempt', 'settled_delivery', 'delivery']) {
    await send({
      text: `delete from posthaste.${table} where message_id = any($1::text[])`,
      values: ids,
    });
  }
  return rows.length;
}

const FOUND = `select m.application_id, m.id, ${owed('m.id')} as owed from posthaste.message as m`;

const EXPIRED = `${FOUND} where m.expires_at <= $1 order by m.expires_at limit $2`;

const OF_DAY = `${FOUND}
  where m.id >= $1 and m.id < $2 and (m.application_id, m.id) > ($3, $4) and m.expires_at is null
  order by m.application_id, m.id limit $5`;

/** The days that have a partition. */
const DAYS = `
  select (extract(epoch from to_date(right(c.relname, 8), 'YYYYMMDD')) * 1000)::int8 as day
  from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
  where n.nspname = 'posthaste' and c.relname ~ '^message_\\d{8}$' order by day`;

/** "retain" in ASCII. */
const RETENTION_LOCK = 0x72657461696e;
const LOCK = `select pg_try_advisory_xact_lock(${RETENTION_LOCK}) as mine`;
