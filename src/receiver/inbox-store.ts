import { DatabaseSync } from 'node:sqlite';
import { PosthasteError } from '../domain/errors.ts';
import type { FailedEntry, InboxEntry, IncomingWebhook } from './inbox-entry.ts';

/**
 * The inbox's tables. In the first, an entry with `due_at` is pending; of an entry with `done_at` only the id
 * is kept; `failed_run_count` counts all runs that were begun. Instants come from the schedule's clock, which
 * setting the machine's clock does not change, except those that are shown (`received_at`, `failed_at`). Failed
 * entries have a table of their own, so that older versions of the inbox can use the same database; it is
 * created when a database without it is opened.
 */
export interface InboxStore {
  /**
   * Inserts all webhooks in one transaction; returns true for each new id. Also deletes ids whose window has ended.
   * `receivedAt` applies to webhooks without one.
   */
  insert(webhooks: readonly IncomingWebhook[], now: number, receivedAt: number): boolean[];
  due(now: number, limit: number): InboxEntry[];
  nextDueAfter(now: number): number | null;
  finish(id: string, now: number): void;
  /**
   * Counts a run and sets when the next one is due if this one never ends. Survives the end of the process, but not
   * always a crash of the machine: a second `fsync` per entry would halve the rate.
   */
  beginRun(id: string, dueAt: number): void;
  /** Sets when the next run is due. */
  postpone(id: string, dueAt: number): void;
  /** Makes entries that are due later than `latest` due at `latest`: the clock was wrong when they were written. */
  bringForward(latest: number): void;
  /** Moves a pending entry to the failed ones, as one transaction. */
  giveUp(id: string, failedAt: number, error: string): void;
  /** Failed entries, the latest failure first. */
  failed(limit: number): FailedEntry[];
  /** Turns a failed entry into a new one that is due at `now`; false when no failed entry has this id. */
  retry(id: string, now: number): boolean;
  discard(id: string, now: number): boolean;
  pendingCount(): number;
  failedCount(): number;
  transaction<T>(run: () => T): T;
  /** Closes the database if the store opened it. */
  close(): void;
}

const SCHEMA = `
  create table if not exists posthaste_inbox (
    sequence integer primary key autoincrement,
    id text not null unique,
    type text,
    payload text not null,
    received_at integer not null,
    failed_run_count integer not null default 0,
    due_at integer,
    done_at integer,
    check ((due_at is null) <> (done_at is null))
  ) strict;
  create index if not exists posthaste_inbox_due
    on posthaste_inbox (due_at, sequence) where due_at is not null;
  create index if not exists posthaste_inbox_done
    on posthaste_inbox (done_at) where done_at is not null;
  create table if not exists posthaste_inbox_failed (
    sequence integer primary key autoincrement,
    id text not null unique,
    type text,
    payload text not null,
    received_at integer not null,
    failed_at integer not null,
    run_count integer not null,
    error text not null
  ) strict;
`;
const PRUNE_EVERY_MS = 60_000;
// Deleting this many costs little beside a commit, and is more than are accepted meanwhile.
const PRUNE_BATCH = 1_000;

export function openInboxStore(place: string | DatabaseSync, dedupeWindowMs: number): InboxStore {
  const database = typeof place === 'string' ? open(place) : place;
  database.exec(SCHEMA);
  addContentType(database);
  const insertOne = database.prepare(
    `insert into posthaste_inbox (id, type, payload, content_type, received_at, due_at)
     select :id, :type, :payload, :contentType, :receivedAt, :dueAt
     where not exists (select 1 from posthaste_inbox_failed where id = :id)
     on conflict (id) do nothing`,
  );
  const selectDue = database.prepare(
    `select id, type, payload, content_type, received_at, failed_run_count from posthaste_inbox
     where due_at <= ? order by due_at, sequence limit ?`,
  );
  const selectNext = database.prepare(
    'select min(due_at) as due_at from posthaste_inbox where due_at > ?',
  );
  const updateDone = database.prepare(
    `update posthaste_inbox set due_at = null, done_at = ?, payload = '' where id = ?`,
  );
  const updateBegun = database.prepare(
    `update posthaste_inbox set due_at = ?, failed_run_count = failed_run_count + 1
     where id = ? and due_at is not null`,
  );
  const updateDue = database.prepare(
    'update posthaste_inbox set due_at = ? where id = ? and due_at is not null',
  );
  const updateLate = database.prepare('update posthaste_inbox set due_at = :at where due_at > :at');
  const selectSynchronous = database.prepare('pragma main.synchronous');
  const copyToFailed = database.prepare(
    `insert into posthaste_inbox_failed
       (id, type, payload, content_type, received_at, failed_at, run_count, error)
     select id, type, payload, content_type, received_at, ?, failed_run_count, ?
     from posthaste_inbox where id = ? and due_at is not null`,
  );
  const deletePending = database.prepare(
    'delete from posthaste_inbox where id = ? and due_at is not null',
  );
  const selectFailed = database.prepare(
    `select id, type, payload, content_type, received_at, failed_at, run_count, error
     from posthaste_inbox_failed order by sequence desc limit ?`,
  );
  const copyToPending = database.prepare(
    `insert into posthaste_inbox (id, type, payload, content_type, received_at, due_at)
     select id, type, payload, content_type, received_at, ? from posthaste_inbox_failed where id = ?`,
  );
  const insertDone = database.prepare(
    `insert into posthaste_inbox (id, payload, received_at, done_at)
     select id, '', received_at, ? from posthaste_inbox_failed where id = ?`,
  );
  const deleteFailed = database.prepare('delete from posthaste_inbox_failed where id = ?');
  const countFailed = database.prepare('select count(*) as n from posthaste_inbox_failed');
  const countPending = database.prepare(
    'select count(*) as n from posthaste_inbox where due_at is not null',
  );
  const deleteOld = database.prepare(
    `delete from posthaste_inbox where sequence in
     (select sequence from posthaste_inbox where done_at < ? limit ${PRUNE_BATCH})`,
  );
  const { journal_mode: journal } = database.prepare('pragma main.journal_mode').get() as {
    journal_mode: string;
  };
  const hasLog = journal === 'wal';
  let pruneAt = 0;

  function transaction<T>(run: () => T): T {
    database.exec('begin immediate');
    try {
      const result = run();
      database.exec('commit');
      return result;
    } catch (error) {
      // On a full disk SQLite has rolled back by itself.
      if (database.isTransaction) database.exec('rollback');
      throw error;
    }
  }

  /** In WAL mode, `normal` can only lose the newest commits when the machine crashes. */
  function withoutSync(run: () => void): void {
    const { synchronous } = selectSynchronous.get() as { synchronous: number };
    if (!hasLog || synchronous <= SYNCHRONOUS_NORMAL) return run();
    database.exec('pragma main.synchronous = normal');
    try {
      run();
    } finally {
      database.exec(`pragma main.synchronous = ${synchronous}`);
    }
  }

  return {
    transaction,
    insert: (webhooks, now, receivedAt) =>
      transaction(() => {
        if (now >= pruneAt) {
          const pruned = deleteOld.run(now - dedupeWindowMs).changes;
          pruneAt = pruned === PRUNE_BATCH ? now : now + PRUNE_EVERY_MS;
        }
        return webhooks.map((webhook) => {
          const { id, type, payload, contentType } = webhook;
          const row = {
            id,
            type: type ?? null,
            payload,
            contentType: contentType ?? null,
            receivedAt: webhook.receivedAt ?? receivedAt,
            dueAt: now,
          };
          return insertOne.run(row).changes === 1;
        });
      }),
    due: (now, limit) => selectDue.all(now, limit).map((row) => toEntry(row as unknown as Row)),
    nextDueAfter: (now) => (selectNext.get(now) as { due_at: number | null }).due_at,
    finish: (id, now) => void updateDone.run(now, id),
    beginRun: (id, dueAt) =>
      withoutSync(() => transaction(() => updateBegun.run(Math.round(dueAt), id))),
    postpone: (id, dueAt) => void updateDue.run(Math.round(dueAt), id),
    bringForward: (latest) => void updateLate.run({ at: Math.round(latest) }),
    giveUp: (id, failedAt, error) =>
      transaction(() => {
        copyToFailed.run(failedAt, error, id);
        deletePending.run(id);
      }),
    failed: (limit) =>
      selectFailed.all(limit).map((row) => toFailedEntry(row as unknown as FailedRow)),
    retry: (id, now) =>
      transaction(() => {
        copyToPending.run(now, id);
        return deleteFailed.run(id).changes === 1;
      }),
    discard: (id, now) =>
      transaction(() => {
        insertDone.run(now, id);
        return deleteFailed.run(id).changes === 1;
      }),
    failedCount: () => (countFailed.get() as { n: number }).n,
    pendingCount: () => (countPending.get() as { n: number }).n,
    close: () => {
      if (typeof place === 'string') database.close();
    },
  };
}

/** Adds the column to databases of older versions, which ignore it. */
function addContentType(database: DatabaseSync): void {
  for (const table of ['posthaste_inbox', 'posthaste_inbox_failed']) {
    const columns = database.prepare('select name from pragma_table_info(?)').all(table);
    if (columns.some(({ name }) => name === 'content_type')) continue;
    database.exec(`alter table ${table} add column content_type text`);
  }
}

function open(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    // The exclusive lock keeps a second process away, which would process every entry again.
    database.exec(`
      pragma locking_mode = exclusive;
      pragma journal_mode = wal;
      pragma synchronous = full;
      begin immediate; commit;
    `);
    return database;
  } catch (cause) {
    database?.close();
    throw (cause as { errcode?: number }).errcode === SQLITE_BUSY
      ? new PosthasteError('storage_locked', `another process has the inbox ${path} open`, {
          cause,
        })
      : new PosthasteError('storage_unavailable', `the inbox ${path} cannot be opened`, { cause });
  }
}

const SQLITE_BUSY = 5;
const SYNCHRONOUS_NORMAL = 1;

interface Row {
  readonly id: string;
  readonly type: string | null;
  readonly payload: string;
  readonly content_type: string | null;
  readonly received_at: number;
  readonly failed_run_count: number;
}

function toEntry(row: Row): InboxEntry {
  return { ...webhookOf(row), runNumber: row.failed_run_count + 1 };
}

/** The webhook of a row of either table. */
function webhookOf(row: Omit<Row, 'failed_run_count'>) {
  return {
    id: row.id,
    type: row.type,
    payload: row.payload,
    contentType: row.content_type,
    receivedAt: row.received_at,
  };
}

interface FailedRow extends Omit<Row, 'failed_run_count'> {
  readonly failed_at: number;
  readonly run_count: number;
  readonly error: string;
}

function toFailedEntry(row: FailedRow): FailedEntry {
  return {
    ...webhookOf(row),
    failedAt: row.failed_at,
    runCount: row.run_count,
    error: row.error,
  };
}
