import type { DatabaseSync } from 'node:sqlite';
import { PosthasteError } from '../../domain/errors.ts';
import { lockDatabase, openForWriting } from './connection.ts';

/** Entry 0 leads from version 0, an empty file, to version 1. Entries are never changed once released. */
export const MIGRATIONS: readonly string[] = [
  `
  create table application (
    id text primary key,
    organization_id text not null,
    uid text,
    name text not null,
    rate_limit integer,
    metadata text not null,
    policy text not null,
    created_at integer not null,
    updated_at integer not null,
    deleted_at integer
  ) strict, without rowid;
  create index application_by_organization on application (organization_id, id)
    where deleted_at is null;
  create unique index application_uid on application (organization_id, uid)
    where deleted_at is null and uid is not null;

  create table endpoint (
    id text primary key,
    organization_id text not null,
    application_id text not null,
    uid text,
    url text not null,
    description text not null,
    event_types text,
    channels text,
    metadata text not null,
    headers text not null,
    secrets text not null,
    rate_limit integer,
    concurrency integer,
    ordered integer not null,
    policy text not null,
    disabled_at integer,
    disabled_reason text,
    failing_since integer,
    failed_count integer not null,
    created_at integer not null,
    updated_at integer not null,
    deleted_at integer
  ) strict, without rowid;
  create index endpoint_by_application on endpoint (application_id, id) where deleted_at is null;
  create unique index endpoint_uid on endpoint (application_id, uid)
    where deleted_at is null and uid is not null;

  create table event_type (
    organization_id text not null,
    name text not null,
    description text not null,
    archived integer not null,
    deprecated integer not null,
    feature_flag text,
    schemas text,
    created_at integer not null,
    updated_at integer not null,
    primary key (organization_id, name)
  ) strict, without rowid;

  create table message (
    application_id text not null,
    id text not null,
    organization_id text not null,
    event_type text not null,
    uid text,
    channels text,
    created_at integer not null,
    payload text not null
  ) strict;
  create unique index message_id on message (application_id, id);
  create unique index message_uid on message (application_id, uid) where uid is not null;

  create table idempotency_key (
    application_id text not null,
    key text not null,
    message_id text not null,
    created_at integer not null,
    primary key (application_id, key)
  ) strict, without rowid;
  create index idempotency_key_age on idempotency_key (created_at);

  -- state: 0 pending, 1 delivered, 2 exhausted, 3 cancelled. trigger: 0 scheduled, 1 manual.
  -- claim_owner: 0 while unclaimed. due_at: null unless pending; while claimed, the claim's end.
  create table delivery (
    message_id text not null,
    endpoint_id text not null,
    application_id text not null,
    state integer not null,
    attempt_count integer not null,
    schedule_step integer not null,
    trigger integer not null,
    due_at integer,
    claim_owner integer not null,
    ordered integer not null,
    primary key (message_id, endpoint_id)
  ) strict, without rowid;
  -- What may be claimed, by endpoint.
  create index delivery_pending on delivery (endpoint_id, due_at, message_id)
    where state = 0 and claim_owner = 0;
  -- What is claimed, to be found again after a crash. By message, so that a fan-out to many
  -- endpoints, which never waits, writes to few pages.
  create index delivery_claimed on delivery (message_id, endpoint_id)
    where state = 0 and claim_owner > 0;
  create index delivery_ordered on delivery (endpoint_id, message_id)
    where state = 0 and ordered = 1;

  create table attempt (
    message_id text not null,
    id text not null,
    endpoint_id text not null,
    application_id text not null,
    number integer not null,
    trigger integer not null,
    url text not null,
    started_at integer not null,
    duration_ms integer not null,
    succeeded integer not null,
    failure text,
    detail text not null,
    status_code integer,
    response text not null,
    primary key (message_id, id)
  ) strict, without rowid;
  create index attempt_by_endpoint on attempt (endpoint_id, id);

  -- Each start takes the next number, so that claims tell who made them.
  create table owner (
    number integer primary key autoincrement,
    started_at integer not null
  ) strict;
  `,
  `
  -- The deliveries of a message that were accepted already claimed and still wait for their first
  -- attempt; those that have an attempt or a row of their own by now don't count any more. A
  -- delivery that succeeded at its first attempt is known by that attempt alone.
  create table first_claim (
    message_id text primary key,
    application_id text not null,
    claim_owner integer not null,
    claimed_until integer not null,
    endpoint_ids text not null
  ) strict, without rowid;
  `,
  `
  -- What first_claim held is told by the message itself, which is written once and never changed.
  insert into delivery
    select message_id, value, application_id, 0, 0, 0, 0, claimed_until, claim_owner,
      coalesce((select ordered from endpoint where id = value), 0)
    from first_claim, json_each(endpoint_ids)
    where value not in (select endpoint_id from attempt where message_id = first_claim.message_id)
    on conflict do nothing;
  drop table first_claim;

  create table new_message (
    seq integer primary key,
    application_id text not null,
    id text not null,
    organization_id text not null,
    event_type text not null,
    uid text,
    channels text,
    created_at integer not null,
    payload text not null,
    -- The deliveries that were accepted already claimed, as an array, and when that claim ends.
    -- Of those, one with neither an attempt nor a row of its own still waits for its first attempt;
    -- one with a successful attempt and no row is delivered.
    claimed_endpoint_ids text,
    claimed_until integer
  ) strict;
  insert into new_message
    (application_id, id, organization_id, event_type, uid, channels, created_at, payload)
    select application_id, id, organization_id, event_type, uid, channels, created_at, payload
    from message order by rowid;
  drop table message;
  alter table new_message rename to message;
  create unique index message_id on message (application_id, id);
  create unique index message_uid on message (application_id, uid) where uid is not null;

  -- One row: in messages before that one no delivery waits for its first attempt.
  create table first_claims_from (
    seq integer not null
  ) strict;
  insert into first_claims_from select coalesce(max(seq), 0) + 1 from message;
  `,
  `
  -- Attempts by endpoint. Every endpoint has a place of its own in this order, so a commit whose
  -- attempts went to many endpoints would write as many pages. New attempts wait in recent_attempt
  -- and move together.
  drop index attempt_by_endpoint;
  create table endpoint_attempt (
    endpoint_id text not null,
    id text not null,
    message_id text not null,
    primary key (endpoint_id, id)
  ) strict, without rowid;
  insert into endpoint_attempt
    select endpoint_id, id, message_id from attempt order by endpoint_id, id;
  create table recent_attempt (
    endpoint_id text not null,
    id text not null,
    message_id text not null
  ) strict;
  `,
];

export interface Migrated {
  readonly from: number;
  readonly to: number;
}

/** Brings the file at `path` to this version's schema, creating it when missing. */
export function migrateSqlite(path: string): Migrated {
  const lock = lockDatabase(path);
  try {
    const { db } = openForWriting(path, true, null);
    try {
      return migrate(db, path);
    } finally {
      db.close();
    }
  } finally {
    lock.close();
  }
}

export function migrate(db: DatabaseSync, path: string): Migrated {
  const from = schemaVersion(db, path);
  for (const [place, sql] of MIGRATIONS.entries()) {
    if (place < from) continue;
    db.exec(`
      begin immediate;
      create table if not exists schema_version (version integer not null) strict;
      delete from schema_version;
      insert into schema_version values (${place + 1});
      ${sql}
      commit;
    `);
  }
  return { from, to: MIGRATIONS.length };
}

/** For those who asked not to migrate. */
export function requireCurrentSchema(db: DatabaseSync, path: string): void {
  const version = schemaVersion(db, path);
  if (version === MIGRATIONS.length) return;
  throw new PosthasteError(
    'configuration',
    `the database ${path} has schema version ${version}, this program needs ${MIGRATIONS.length}: run \`posthaste migrate\``,
  );
}

function schemaVersion(db: DatabaseSync, path: string): number {
  const tables = db.prepare(`select name from sqlite_schema where type = 'table'`).all();
  if (tables.length === 0) return 0;
  if (!tables.some((table) => table['name'] === 'schema_version')) {
    throw new PosthasteError(
      'configuration',
      `${path} is an SQLite database of another program, not of Posthaste`,
    );
  }
  const version = Number(db.prepare('select max(version) as v from schema_version').get()?.['v']);
  if (version <= MIGRATIONS.length) return version;
  throw new PosthasteError(
    'storage_too_new',
    `the database ${path} has schema version ${version}, this program knows up to ${MIGRATIONS.length}: use the newer Posthaste that migrated it`,
  );
}
