export const ATTEMPTS_BY_ENDPOINT = `
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
`;
