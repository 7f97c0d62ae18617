import { firstId, idTime, isId } from '../../domain/ids.ts';
import type { ConnectionPool, Send } from './connection-pool.ts';

/** A partition holds a week: from the beginning of a Monday, in UTC, to that of the next. */
export interface Partition {
  /** The partitioned table. */
  readonly table: string;
  readonly name: string;
  /** The partition holds ids of messages that were made at this instant or later, and before `until`. */
  readonly from: number;
  readonly until: number;
}

/**
 * Makes the missing partitions of this week and the next: one per table and week, by the ids of the messages
 * made in that week. Called at the start and on each new day. Also makes those of earlier weeks for which the
 * outbox has messages: callers may have sent them while no process ran.
 *
 * Why weeks: statements that are not bound to one partition lock all partitions with their indexes. With daily
 * partitions, after 90 days sixteen lists at once took all locks that a server has by default, and every
 * further statement failed.
 */
export async function makePartitions(pool: ConnectionPool, now: number): Promise<void> {
  const { rows } = await pool.run<{ sent_at: number }>({
    text: 'select sent_at from posthaste.outbox order by place limit 1',
  });
  const sentAt = Math.max(rows[0]?.sent_at ?? now, now - LONGEST_STANDSTILL_MS);
  const until = now + WEEK_MS;
  for (let week = weekOf(Math.min(sentAt, now)); week <= until; week += WEEK_MS) {
    await makeWeek(pool, week);
  }
}

/** All partitions but the default ones, oldest first. Partitions of older versions may be shorter than a week. */
export async function listPartitions(pool: Pick<ConnectionPool, 'run'>): Promise<Partition[]> {
  const { rows } = await pool.run<{ table: string; name: string; bounds: string }>({ text: LIST });
  const partitions = rows.map(({ bounds, ...names }) => {
    const [from = '', until = ''] = [...bounds.matchAll(/'(msg_\w+)'/g)].map(([, id]) => id ?? '');
    return { ...names, from: idTime(from), until: idTime(until) };
  });
  return partitions.toSorted((a, b) => a.from - b.from);
}

/** Makes the partitions that rows of other weeks need, before they are inserted. */
export class PartitionsOfIds {
  readonly #pool: ConnectionPool;
  readonly #made = new Set<number>();
  /** The first id of the last row's week. Rows come in the order of their ids, so most are in that week. */
  #first = '';
  #end = '';

  constructor(pool: ConnectionPool) {
    this.#pool = pool;
  }

  async make(messageIds: readonly string[]): Promise<void> {
    for (const id of messageIds) {
      if (id >= this.#first && id < this.#end) continue;
      // A row with a foreign id goes to the default partition.
      if (!isId('msg', id)) continue;
      const week = weekOf(idTime(id));
      this.#first = firstId('msg', week);
      this.#end = firstId('msg', week + WEEK_MS);
      if (this.#made.has(week)) continue;
      await makeWeek(this.#pool, week);
      this.#made.add(week);
    }
  }
}

/** Undefined: the table has no partitions. */
export function partitionColumn(table: string): string | undefined {
  return (ID_COLUMNS as Readonly<Record<string, string>>)[table];
}

/** When the day of the instant began, in UTC. */
export function dayOf(instant: number): number {
  return Math.floor(instant / DAY_MS) * DAY_MS;
}

/** When the Monday of the instant's week began, in UTC. */
function weekOf(instant: number): number {
  return Math.floor((instant - FIRST_MONDAY) / WEEK_MS) * WEEK_MS + FIRST_MONDAY;
}

async function makeWeek(pool: ConnectionPool, week: number): Promise<void> {
  const missing = gapsIn(await listPartitions(pool), week);
  for (const { table } of missing) {
    await pool.transaction(async (send) => {
      await send({ text: `select pg_advisory_xact_lock(${PARTITIONS_LOCK})` });
      // Another process may have made the partition meanwhile.
      const gap = gapsIn(await listPartitions({ run: send }), week).find(
        (one) => one.table === table,
      );
      if (gap !== undefined) await makePartition(send, gap);
    });
  }
}

type Gap = Omit<Partition, 'name'>;

/** For each table, the rest of the week that has no partition yet. */
function gapsIn(partitions: readonly Partition[], week: number): Gap[] {
  const until = week + WEEK_MS;
  return TABLES.map((table) => {
    const its = partitions.filter((one) => one.table === table && one.from < until);
    return { table, from: Math.max(week, ...its.map((one) => one.until)), until };
  }).filter(({ from }) => from < until);
}

/**
 * Creates a table and attaches it: creating the partition in place would wait for all inserts under way and
 * hold up later ones. Only the default partition is locked, for a moment; if it is busy, the upkeep tries
 * again.
 */
async function makePartition(send: Send, { table, from, until }: Gap): Promise<void> {
  const name = `${table}_${new Date(from).toISOString().slice(0, 10).replaceAll('-', '')}`;
  const bounds = [firstId('msg', from), firstId('msg', until)];
  const inBounds = `${partitionColumn(table)} >= '${bounds[0]}' and ${partitionColumn(table)} < '${bounds[1]}'`;
  await send({ text: `set local lock_timeout = ${LOCK_WITHIN_MS}` });
  await send({ text: `lock table posthaste.${table}_default in access exclusive mode` });
  const { rows: strays } = await send({
    text: `select from posthaste.${table}_default where ${inBounds} limit ${MOST_MOVED + 1}`,
  });
  if (strays.length > MOST_MOVED) return;
  await send({ text: `create table posthaste.${name} (like posthaste.${table} including all)` });
  if (strays.length > 0) {
    await send({
      text: `with moved as (delete from posthaste.${table}_default where ${inBounds} returning *)
        insert into posthaste.${name} select * from moved`,
    });
  }
  await send({
    text: `alter table posthaste.${table} attach partition posthaste.${name}
      for values from ('${bounds[0]}') to ('${bounds[1]}')`,
  });
}

/** Deletes idempotency keys that have expired, a bounded number at a time. */
export async function forgetOldKeys(pool: ConnectionPool, now: number): Promise<void> {
  await pool.run({
    name: 'forget-keys',
    text: `delete from posthaste.message_key where (application_id, kind, key) in (
      select application_id, kind, key from posthaste.message_key
      where kind = 'idempotencyKey' and expires_at <= $1 order by expires_at limit 10000)`,
    values: [now],
  });
}

/** The partitioned tables, each with the column that holds the id of the message. */
const ID_COLUMNS = {
  message: 'id',
  settled_delivery: 'message_id',
  attempt: 'message_id',
  message_tag: 'message_id',
} as const;
const TABLES = Object.keys(ID_COLUMNS);

const LIST = `
  select p.relname as table, c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bounds
  from pg_inherits as i
  join pg_class as c on c.oid = i.inhrelid
  join pg_class as p on p.oid = i.inhparent
  where p.relnamespace = 'posthaste'::regnamespace and p.relkind = 'p'
    and pg_get_expr(c.relpartbound, c.oid) <> 'DEFAULT'`;

export const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
const FIRST_MONDAY = 4 * DAY_MS;
/** Messages of the outbox that are older than this go to the default partition. */
const LONGEST_STANDSTILL_MS = 52 * WEEK_MS;
const PARTITIONS_LOCK = 0x706f73746862;
/** Short, because every statement that needs the default partition waits behind this wait for its lock. */
const LOCK_WITHIN_MS = 300;
/** Most rows that are moved out of the default partition; wrong clocks or late processes put rows there. */
const MOST_MOVED = 10_000;
