/**
 * The processes that use the database, and the owner of each shard. All times are by the database's clock.
 *
 * `gone` ends a process for good: a process that takes over its shards sets it first. So one row decides
 * whether a lease has ended: either the process renewed in time, or its next renewal finds `gone` set.
 * `sharing`: the process may own shards.
 */
export const FLEET_TABLES = `
-- Each start takes the next number, so that claims tell who made them.
create table posthaste.process (
  number integer generated always as identity primary key,
  name text not null,
  roles text[] not null,
  version text not null,
  started_at timestamptz not null default clock_timestamp(),
  lease_until timestamptz not null,
  sharing boolean not null default false,
  gone boolean not null default false
) with (fillfactor = 50);

create table posthaste.shard (
  shard smallint primary key,
  owner integer
) with (fillfactor = 50);
insert into posthaste.shard (shard) select generate_series(0, 255);

-- What edits tell the other processes. Written in the transaction of the edit, kept for a minute.
create table posthaste.change (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  transaction xid8 not null default pg_current_xact_id(),
  -- The process that made the edit and need not be told; 0: all are told.
  origin integer not null default 0,
  application_id text collate "C" not null,
  endpoint_ids text[] not null
);
create index change_by_time on posthaste.change (at);
`;
