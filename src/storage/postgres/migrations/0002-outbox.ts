/**
 * Messages that callers send inside their own transactions. Creates no role: a caller needs `usage` of
 * the schema and `execute` of the first `send`, and nothing else.
 */
export const OUTBOX = `
-- In the order of send. Rows of transactions that overlap may become visible in another order.
create table posthaste.outbox (
  place bigint primary key,
  -- The id that the message will have.
  message_id text collate "C" not null,
  organization_id text collate "C" not null,
  -- Id or uid.
  application text collate "C" not null,
  event_type text not null,
  payload text not null,
  event_id text,
  channels text[],
  content_type text,
  -- As the id tells it, to the millisecond.
  sent_at bigint not null,
  payload_bytes integer not null
) with (
  autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_vacuum_threshold = 2000,
  autovacuum_vacuum_cost_delay = 0
);
create sequence posthaste.outbox_place owned by posthaste.outbox.place;

-- Until when the relay looks by itself, in milliseconds: a sequence, because it must be seen at once by
-- transactions of every isolation. A notice makes all transactions that notify commit one by one.
create sequence posthaste.outbox_awake_until;
create function posthaste.outbox_wake() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if (select last_value from posthaste.outbox_awake_until)
      < extract(epoch from clock_timestamp()) * 1000 then
    perform pg_notify('posthaste_outbox', '');
  end if;
  return null;
end $$;
-- At the commit, however long before it the row was sent.
create constraint trigger outbox_wake after insert on posthaste.outbox
  deferrable initially deferred for each row execute function posthaste.outbox_wake();

-- Rows that can be no messages.
create table posthaste.outbox_failed (
  like posthaste.outbox,
  code text not null,
  reason text not null,
  failed_at timestamptz not null default now(),
  primary key (place)
);
create index outbox_failed_age on posthaste.outbox_failed (failed_at);

-- A KSUID as in ids.ts: seconds, then the place and 80 random bits, so that ids of one second are in
-- the order of their places. In three parts of nine digits, which is five times as fast as digit by
-- digit from a numeric.
create function posthaste.outbox_message_id(place bigint, sent_at bigint) returns text
  language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  digits constant text := '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  nine_digits constant numeric := 13537086546263552;
  random constant text := replace(gen_random_uuid()::text, '-', '');
  rest numeric := (sent_at / 1000 - 1400000000)::numeric * 340282366920938463463374607431768211456
    + place::numeric * 1208925819614629174706176
    + ('x000000' || left(random, 10))::bit(64)::bigint::numeric * 1099511627776
    + ('x000000' || right(random, 10))::bit(64)::bigint;
  part bigint;
  id text := '';
begin
  for i in 1 .. 3 loop
    part := mod(rest, nine_digits)::bigint;
    rest := div(rest, nine_digits);
    for j in 1 .. 9 loop
      id := substr(digits, (part % 62)::integer + 1, 1) || id;
      part := part / 62;
    end loop;
  end loop;
  return 'msg_' || id;
end $$;
revoke execute on function posthaste.outbox_message_id(bigint, bigint) from public;

-- Sends a message when the transaction commits, and answers its id. The payload is JSON, or with a
-- content_type any text.
create function posthaste.send(
  application text,
  event_type text,
  payload text,
  event_id text default null,
  channels text[] default null,
  content_type text default null,
  organization text default 'org_23rb8YdGqMT0qIzpgGwdXfHirMu'
) returns text
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  place constant bigint := nextval('posthaste.outbox_place');
  sent_at constant bigint := (extract(epoch from clock_timestamp()) * 1000)::bigint;
  id constant text := posthaste.outbox_message_id(place, sent_at);
begin
  if application is null or event_type is null or payload is null or organization is null then
    raise exception 'posthaste.send: application, event_type, payload and organization must not be null'
      using errcode = 'null_value_not_allowed';
  end if;
  if content_type is null then
    perform payload::json;
  end if;
  insert into posthaste.outbox
    values (place, id, organization, application, event_type, payload, event_id, channels,
      content_type, sent_at, octet_length(payload));
  return id;
end $$;
revoke execute on function
  posthaste.send(text, text, text, text, text[], text, text) from public;

-- For payloads that are JSON by their type. They run with the rights of their caller.
create function posthaste.send(
  application text,
  event_type text,
  payload json,
  event_id text default null,
  channels text[] default null,
  organization text default 'org_23rb8YdGqMT0qIzpgGwdXfHirMu'
) returns text language sql volatile as $$
  select posthaste.send(application, event_type, payload::text, event_id, channels, null, organization)
$$;
create function posthaste.send(
  application text,
  event_type text,
  payload jsonb,
  event_id text default null,
  channels text[] default null,
  organization text default 'org_23rb8YdGqMT0qIzpgGwdXfHirMu'
) returns text language sql volatile as $$
  select posthaste.send(application, event_type, payload::text, event_id, channels, null, organization)
$$;
`;
