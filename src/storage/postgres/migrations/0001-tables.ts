import { FLEET_TABLES } from '../fleet/tables.ts';

/**
 * Names and JSON are text, as in every backend. Ids and names are compared byte by byte (`collate "C"`),
 * because lists page by them. Instants are milliseconds.
 */
export const TABLES = `
create table posthaste.application (
  id text collate "C" primary key,
  organization_id text collate "C" not null,
  uid text collate "C",
  name text not null,
  rate_limit integer,
  metadata text not null,
  policy text not null,
  created_at bigint not null,
  updated_at bigint not null,
  deleted_at bigint
);
create index application_by_organization on posthaste.application (organization_id, id)
  where deleted_at is null;
create unique index application_uid on posthaste.application (organization_id, uid)
  where deleted_at is null and uid is not null;

create table posthaste.endpoint (
  id text collate "C" primary key,
  organization_id text collate "C" not null,
  application_id text collate "C" not null,
  uid text collate "C",
  url text not null,
  description text not null,
  event_types text,
  channels text,
  metadata text not null,
  headers text not null,
  secrets text not null,
  rate_limit integer,
  concurrency integer,
  version integer not null,
  ordered smallint not null,
  policy text not null,
  disabled_at bigint,
  disabled_reason text,
  failing_since bigint,
  last_failed_at bigint,
  failed_count integer not null,
  created_at bigint not null,
  updated_at bigint not null,
  deleted_at bigint
) with (fillfactor = 85);
create index endpoint_by_application on posthaste.endpoint (application_id, id)
  where deleted_at is null;
create unique index endpoint_uid on posthaste.endpoint (application_id, uid)
  where deleted_at is null and uid is not null;

create table posthaste.event_type (
  organization_id text collate "C" not null,
  name text collate "C" not null,
  description text not null,
  archived smallint not null,
  deprecated smallint not null,
  feature_flag text,
  schemas text,
  created_at bigint not null,
  updated_at bigint not null,
  primary key (organization_id, name)
);

-- By id, that is by the second in which it was made. An id of a time that has no partition goes to the
-- default one.
create table posthaste.message (
  application_id text collate "C" not null,
  id text collate "C" not null,
  organization_id text collate "C" not null,
  event_type text not null,
  uid text collate "C",
  channels text,
  created_at bigint not null,
  payload text not null,
  -- Null: the payload is JSON.
  content_type text,
  -- So that a claim keeps to its bound without reading payloads that it leaves.
  payload_chars integer not null,
  primary key (application_id, id)
) partition by range (id);
create index message_uid on posthaste.message (application_id, uid) where uid is not null;
create table posthaste.message_default partition of posthaste.message default;

-- What makes messages unique over all partitions. Messages without uid and key have no row.
create table posthaste.message_key (
  application_id text collate "C" not null,
  -- 'uid' or 'idempotencyKey'
  kind text collate "C" not null,
  key text collate "C" not null,
  message_id text collate "C" not null,
  expires_at bigint not null,
  primary key (application_id, kind, key)
);
create index message_key_expiry on posthaste.message_key (expires_at)
  where kind = 'idempotencyKey';

create table posthaste.kept_answer (
  request text collate "C" primary key,
  organization_id text collate "C" not null,
  fingerprint text collate "C" not null,
  status smallint not null,
  body text not null,
  kept_at bigint not null
);
create index kept_answer_age on posthaste.kept_answer (kept_at);

-- What is owed, and nothing else: a delivery that is settled leaves. trigger: 0 scheduled, 1 manual.
-- claim_owner: 0 while unclaimed. due_at: in the database's time; while claimed, the claim's end in the
-- time of its owner. sequence: the place in the order of an ordered endpoint; null at others.
create table posthaste.delivery (
  message_id text collate "C" not null,
  endpoint_id text collate "C" not null,
  application_id text collate "C" not null,
  due_at bigint not null,
  sequence bigint,
  claim_owner integer not null,
  attempt_count integer not null,
  schedule_step integer not null,
  shard smallint not null,
  trigger smallint not null,
  primary key (message_id, endpoint_id)
) with (
  fillfactor = 80,
  autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_vacuum_threshold = 2000,
  autovacuum_vacuum_cost_delay = 0
);
create index delivery_waiting on posthaste.delivery (shard, endpoint_id, due_at, message_id)
  where claim_owner = 0 and sequence is null;
create index delivery_ordered on posthaste.delivery (shard, endpoint_id, sequence, message_id)
  where sequence is not null;
create index delivery_claimed on posthaste.delivery (claim_owner, due_at) where claim_owner <> 0;

-- Deliveries that ended otherwise than by success. state: 2 exhausted, 3 cancelled; 1 delivered, which
-- only those of ordered endpoints have here, to keep their place. All others that succeeded are told
-- by their attempt.
create table posthaste.settled_delivery (
  message_id text collate "C" not null,
  endpoint_id text collate "C" not null,
  application_id text collate "C" not null,
  state smallint not null,
  schedule_step integer not null,
  sequence bigint,
  primary key (message_id, endpoint_id)
) partition by range (message_id);
create table posthaste.settled_delivery_default partition of posthaste.settled_delivery default;

create table posthaste.attempt (
  message_id text collate "C" not null,
  id text collate "C" not null,
  endpoint_id text collate "C" not null,
  application_id text collate "C" not null,
  started_at bigint not null,
  number integer not null,
  duration_ms integer not null,
  status_code integer,
  trigger smallint not null,
  succeeded smallint not null,
  url text not null,
  failure text,
  detail text not null,
  response text not null,
  primary key (message_id, id)
) partition by range (message_id);
create index attempt_by_endpoint on posthaste.attempt (endpoint_id, id);
create index attempt_failed on posthaste.attempt (endpoint_id, id) where succeeded = 0;
create table posthaste.attempt_default partition of posthaste.attempt default;

-- The order of an ordered endpoint: the last place that was given. Whoever gives the next one holds
-- the row until its commit, so that the order is that of commits.
create table posthaste.endpoint_sequence (
  endpoint_id text collate "C" primary key,
  value bigint not null,
  active boolean not null
) with (fillfactor = 50);

-- As shardOf in fleet.ts: FNV-1a.
create function posthaste.shard_of(endpoint_id text) returns smallint
  language plpgsql immutable strict parallel safe as $$
declare
  hash bigint := 2166136261;
begin
  for place in 1 .. length(endpoint_id) loop
    hash := ((hash # ascii(substr(endpoint_id, place, 1))) * 16777619) & 4294967295;
  end loop;
  return ((hash >> 24) # (hash & 255))::smallint;
end $$;

-- What waits when an endpoint becomes ordered is at place 0, in the order of publication.
create function posthaste.endpoint_order_changed() returns trigger language plpgsql as $$
begin
  insert into posthaste.endpoint_sequence values (new.id, 0, new.ordered = 1)
    on conflict (endpoint_id) do update set active = excluded.active;
  if new.ordered = 1 then
    update posthaste.delivery set sequence = 0
      where claim_owner = 0 and sequence is null
        and shard = posthaste.shard_of(new.id) and endpoint_id = new.id;
    update posthaste.delivery set sequence = 0
      where claim_owner <> 0 and sequence is null and endpoint_id = new.id;
  else
    update posthaste.delivery set sequence = null
      where sequence is not null
        and shard = posthaste.shard_of(new.id) and endpoint_id = new.id;
  end if;
  return null;
end $$;
create trigger endpoint_order_given after insert on posthaste.endpoint
  for each row when (new.ordered = 1) execute function posthaste.endpoint_order_changed();
create trigger endpoint_order_changed after update of ordered on posthaste.endpoint
  for each row when (new.ordered <> old.ordered)
  execute function posthaste.endpoint_order_changed();

-- Ends a transaction that must be run again, because another took a key meanwhile.
create function posthaste.run_again() returns boolean language plpgsql as $$
begin
  raise exception 'a key was taken meanwhile' using errcode = 'serialization_failure';
end $$;

${FLEET_TABLES}`;
