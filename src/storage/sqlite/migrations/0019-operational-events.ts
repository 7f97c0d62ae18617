export const OPERATIONAL_EVENTS = `
  create table operational_event (
    id text primary key,
    type text not null,
    organization_id text,
    application_id text not null,
    endpoint_id text not null,
    created_at integer not null,
    data text not null
  ) strict;
  create index operational_event_age on operational_event (created_at, id);
`;
