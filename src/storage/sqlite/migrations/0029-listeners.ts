/** Temporary endpoints, and the requests that wait for the programs behind them. */
export const LISTENERS = `
  create table listener (
    id text primary key,
    organization_id text not null,
    application_id text not null,
    expires_at integer not null
  ) strict, without rowid;
  create index listener_by_expiry on listener (expires_at);
  create table listener_request (
    id text primary key,
    listener_id text not null,
    request text not null,
    answer text,
    expires_at integer not null
  ) strict;
  create index listener_request_by_listener on listener_request (listener_id, id);
  create index listener_request_by_expiry on listener_request (expires_at);
`;
