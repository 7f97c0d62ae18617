export const TABLES = `
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
`;
