/** The table of requests is unlogged: a request lives for seconds, and the attempt of a lost one is repeated. */
export const LISTENERS = `
create table posthaste.listener (
  id text collate "C" primary key,
  organization_id text collate "C" not null,
  application_id text collate "C" not null,
  expires_at bigint not null
);
create index listener_by_expiry on posthaste.listener (expires_at);
create unlogged table posthaste.listener_request (
  id text collate "C" primary key,
  listener_id text collate "C" not null,
  request text not null,
  answer text,
  expires_at bigint not null
);
create index listener_request_by_listener on posthaste.listener_request (listener_id, id);
create index listener_request_by_expiry on posthaste.listener_request (expires_at);
`;
