export const CLAIMS_OF_MESSAGES = `
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
`;
