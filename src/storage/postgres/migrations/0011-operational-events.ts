/** Operational events that are not published as messages yet: usually empty. */
export const OPERATIONAL_EVENTS = `
create table posthaste.operational_event (
  id text collate "C" primary key,
  type text not null,
  organization_id text collate "C",
  application_id text collate "C" not null,
  endpoint_id text collate "C" not null,
  created_at bigint not null,
  data text not null
);
create index operational_event_age on posthaste.operational_event (created_at, id);
`;
