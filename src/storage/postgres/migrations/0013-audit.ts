export const AUDIT = `
create table posthaste.audit (
  id text collate "C" primary key,
  organization_id text collate "C" not null,
  application_id text collate "C",
  at bigint not null,
  actor_kind text not null,
  actor_id text collate "C",
  actor_name text,
  operation text collate "C" not null,
  objects text not null
);
create index audit_by_organization on posthaste.audit (organization_id, id);
create index audit_by_application on posthaste.audit (organization_id, application_id, id)
  where application_id is not null;
create index audit_by_actor on posthaste.audit (organization_id, actor_id, id) where actor_id is not null;
`;
