import { firstId } from '../../../domain/ids.ts';
import { LOOK_AGAIN_MS, type Removed, type RetentionRequest } from '../../retention.ts';
import type { ConnectionPool, Send } from '../connection-pool.ts';
import { cancelling } from '../cancelling.ts';
import { DAY_MS, dayOf, listPartitions } from '../partitions.ts';
import { payloadDeleted } from '../payload-deleted.ts';
import { isTimeout } from '../postgres-errors.ts';
import { dropOldPartitions } from './drop-old-partitions.ts';
import { erasing, owed } from './expunge.ts';
import { removeStrays } from './remove-strays.ts';

/**
 * `Storage.removeExpired`. Partitions are whole: what was published in a week goes when the last of it may.
 * All else goes row by row, payloads by the settings' time at the end of their day. Null: another process has the lock.
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
      const dropped = await dropOldPartitions(send, request);
      if (dropped > 0) return { count: dropped, done: false };

      const uids = messagesBefore === null ? 0 : await forgetUids(send, messagesBefore, limit);
      const strays = await removeStrays(send, request);
      const expired = await removePayloads(send, EXPIRED, [now, limit], now);
      const goBefore = payloadsBefore !== null && payloadsBefore > (messagesBefore ?? -Infinity);
      const ofDay = goBefore ? await removeOldPayloads(send, payloadsBefore, limit, now) : NONE;
      const ofNoWeek = goBefore
        ? await removePayloads(send, OF_DEFAULT, [payloadsBefore, limit], now)
        : NONE;
      const payloads = [expired, ofDay, ofNoWeek];
      const most = Math.max(uids, strays, ...payloads.map(({ looked }) => looked));
      const removed = payloads.reduce((sum, one) => sum + one.removed, 0);
      return { count: strays + removed, done: most < limit };
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
): Promise<RemovedPayloads> {
  const { rows } = await send<Found>({ text: select, values });
  if (rows.length === 0) return NONE;
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
    'select application_id, id, id as message_id from unnest($1::text[], $2::text[]) as f (application_id, id)';
  const { rows: erased } = await send({
    name: 'retention-erase',
    text: `with ${cancelling(named, 'd.claim_owner = 0')},
      erased as (${erasing(named)}) select id from erased`,
    values: columns(free),
  });
  return { looked: rows.length, removed: erased.length, last: rows.at(-1) };
}

interface RemovedPayloads {
  readonly looked: number;
  readonly removed: number;
  readonly last: Found | undefined;
}

const NONE: RemovedPayloads = { looked: 0, removed: 0, last: undefined };

interface Found {
  readonly application_id: string;
  readonly id: string;
  readonly owed: boolean;
}

function columns(rows: readonly Found[]): string[][] {
  return [rows.map((row) => row.application_id), rows.map((row) => row.id)];
}

/**
 * Goes on behind the mark, a day at a time. When it looked at some, it says that it looked at as many as it
 * may: there may be more, on this day or the next.
 */
async function removeOldPayloads(
  send: Send,
  before: number,
  limit: number,
  now: number,
): Promise<RemovedPayloads> {
  const { rows } = await send<Mark>({ text: 'select * from posthaste.retention_mark' });
  const mark = rows[0] ?? { day: 0, application_id: '', message_id: '' };
  let [next, ofNext] = [mark, NONE];
  for (const day of await daysOfMessages(send)) {
    if (day < mark.day) continue;
    if (day >= dayOf(before)) break;
    const from = day === mark.day ? mark : { application_id: '', message_id: '' };
    const bounds = [firstId('msg', day), firstId('msg', day + DAY_MS)];
    const values = [...bounds, from.application_id, from.message_id, limit];
    ofNext = await removePayloads(send, OF_DAY, values, now);
    const { looked, last } = ofNext;
    next =
      looked < limit || last === undefined
        ? { day: day + DAY_MS, application_id: '', message_id: '' }
        : { day, application_id: last.application_id, message_id: last.id };
    if (looked > 0) break;
  }
  if (next === mark) return NONE;
  await send({
    text: 'update posthaste.retention_mark set day = $1, application_id = $2, message_id = $3',
    values: [next.day, next.application_id, next.message_id],
  });
  return ofNext.looked > 0 ? { ...ofNext, looked: Math.max(ofNext.looked, limit) } : NONE;
}

/** Those that have a partition: no statement looks into two of them. */
async function daysOfMessages(send: Send): Promise<number[]> {
  const partitions = await listPartitions({ run: send });
  return partitions
    .filter(({ table }) => table === 'message')
    .flatMap(({ from, until }) =>
      Array.from({ length: Math.ceil((until - from) / DAY_MS) }, (_, nth) => from + nth * DAY_MS),
    );
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

const found = (table: string) =>
  `select m.application_id, m.id, ${owed('m.id')} as owed from posthaste.${table} as m`;

const EXPIRED = `${found('message')} where m.expires_at <= $1 order by m.expires_at limit $2`;

const OF_DAY = `${found('message')}
  where m.id >= $1 and m.id < $2 and (m.application_id, m.id) > ($3, $4) and m.expires_at is null
  order by m.application_id, m.id limit $5`;

/** Those of no week. There are few, so nothing remembers where it was. */
const OF_DEFAULT = `${found('message_default')}
  where m.created_at < $1 and m.expires_at is null and not ${payloadDeleted('m')} limit $2`;

/** "retain" in ASCII. */
const RETENTION_LOCK = 0x72657461696e;
const LOCK = `select pg_try_advisory_xact_lock(${RETENTION_LOCK}) as mine`;
