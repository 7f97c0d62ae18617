import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createFolder } from '@posthaste/app-kit/create-folder';
import { SettingsError } from '@posthaste/app-kit/settings';

/**
 * Opens or creates the file, creates or updates its tables, and keeps every other process out of it.
 * Throws a `SettingsError` when the file can't be opened.
 */
export function openDatabase(file: string): DatabaseSync {
  const database = openFile(file);
  try {
    // The exclusive lock: two call centers in one file would serve every call twice.
    database.exec(`
      pragma locking_mode = exclusive;
      pragma journal_mode = wal;
      pragma synchronous = full;
      pragma foreign_keys = on;
    `);
    migrate(database);
    return database;
  } catch (cause) {
    database.close();
    throw new Error(`cannot use the database ${file}: ${reasonOf(cause)}`, { cause });
  }
}

function openFile(file: string): DatabaseSync {
  try {
    createFolder(dirname(file));
    return new DatabaseSync(file);
  } catch (cause) {
    throw new SettingsError([`cannot open the database ${file}: ${reasonOf(cause)}`]);
  }
}

const MIGRATIONS = [
  `
  create table contacts (
    number text primary key,
    first_call_at integer not null
  ) strict, without rowid;

  -- revision counts the changes of all calls: the latest change has the highest.
  create table calls (
    id integer primary key,
    provider_call_id text unique,
    number text not null references contacts (number),
    extension text not null check (extension in ('900', '901')),
    status integer not null check (status in (0, 1, 2)),
    delegate_until integer,
    created_at integer not null,
    updated_at integer not null,
    revision integer not null unique
  ) strict;
  create index calls_by_status on calls (status, revision);
  create index calls_by_minute on calls (created_at, status);
  create index calls_waiting on calls (extension, id) where status = 0;
  create index calls_to_delegate on calls (delegate_until) where delegate_until is not null;

  create table call_counts (
    extension text not null,
    status integer not null,
    count integer not null,
    primary key (extension, status)
  ) strict, without rowid;
  insert into call_counts
    values ('900', 0, 0), ('900', 1, 0), ('900', 2, 0), ('901', 0, 0), ('901', 1, 0), ('901', 2, 0);
  create trigger calls_count_new after insert on calls begin
    update call_counts set count = count + 1
      where extension = new.extension and status = new.status;
  end;
  create trigger calls_count_change after update of status on calls begin
    update call_counts set count = count - 1
      where extension = old.extension and status = old.status;
    update call_counts set count = count + 1
      where extension = new.extension and status = new.status;
  end;

  create table kept_values (
    name text primary key,
    value text not null
  ) strict, without rowid;
  `,
];

function migrate(database: DatabaseSync): void {
  const { user_version: version } = database.prepare('pragma user_version').get() as {
    user_version: number;
  };
  if (version > MIGRATIONS.length) throw new Error('a newer version of this program created it');
  for (const [i, statements] of MIGRATIONS.entries()) {
    if (i >= version) {
      database.exec(`begin immediate; ${statements} pragma user_version = ${i + 1}; commit;`);
    }
  }
}

const SQLITE_BUSY = 5;

function reasonOf(cause: unknown): string {
  if ((cause as { errcode?: number }).errcode === SQLITE_BUSY) return 'another process has it open';
  return (cause as Error).message;
}
