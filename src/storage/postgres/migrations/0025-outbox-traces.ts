/** `posthaste.send` takes the `traceparent` of its caller; the relay continues that trace. */
export const OUTBOX_TRACES = `
alter table posthaste.outbox add column traceparent text;
alter table posthaste.outbox_failed add column traceparent text;

create function posthaste.send(
  application text,
  event_type text,
  payload text,
  event_id text default null,
  channels text[] default null,
  content_type text default null,
  organization text default 'org_23rb8YdGqMT0qIzpgGwdXfHirMu',
  headers jsonb default null,
  traceparent text default null
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
  -- The relay reads many rows at a time; what a message may have is less than this as jsonb prints it.
  if octet_length(headers::text) > 32768 then
    raise exception 'posthaste.send: headers are too large'
      using errcode = 'program_limit_exceeded';
  end if;
  insert into posthaste.outbox
    values (place, id, organization, application, event_type, payload, event_id, channels,
      content_type, sent_at, octet_length(payload), headers,
      -- What is longer is none.
      case when length(traceparent) <= 256 then traceparent end);
  return id;
end $$;
revoke execute on function
  posthaste.send(text, text, text, text, text[], text, text, jsonb, text) from public;

create function posthaste.send(
  application text,
  event_type text,
  payload json,
  event_id text default null,
  channels text[] default null,
  organization text default 'org_23rb8YdGqMT0qIzpgGwdXfHirMu',
  headers jsonb default null,
  traceparent text default null
) returns text language sql volatile as $$
  select posthaste.send(application, event_type, payload::text, event_id, channels, null, organization, headers, traceparent)
$$;
create function posthaste.send(
  application text,
  event_type text,
  payload jsonb,
  event_id text default null,
  channels text[] default null,
  organization text default 'org_23rb8YdGqMT0qIzpgGwdXfHirMu',
  headers jsonb default null,
  traceparent text default null
) returns text language sql volatile as $$
  select posthaste.send(application, event_type, payload::text, event_id, channels, null, organization, headers, traceparent)
$$;

-- Who may call the first one may go on.
do $$
declare
  role text;
begin
  for role in
    select case when a.grantee = 0 then 'public' else a.grantee::regrole::text end
    from pg_proc as p, aclexplode(p.proacl) as a
    where p.oid = 'posthaste.send(text, text, text, text, text[], text, text, jsonb)'::regprocedure
      and a.grantee <> p.proowner
  loop
    execute 'grant execute on function '
      || 'posthaste.send(text, text, text, text, text[], text, text, jsonb, text) to ' || role;
  end loop;
end $$;
drop function posthaste.send(text, text, text, text, text[], text, text, jsonb);
drop function posthaste.send(text, text, json, text, text[], text, jsonb);
drop function posthaste.send(text, text, jsonb, text, text[], text, jsonb);
`;
