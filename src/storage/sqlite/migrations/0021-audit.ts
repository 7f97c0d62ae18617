export const AUDIT = `
  create table audit (
    id text primary key,
    organization_id text not null,
    application_id text,
    at integer not null,
    actor_kind text not null,
    actor_id text,
    actor_name text,
    operation text not null,
    objects text not null
  ) strict, without rowid;
  create index audit_by_organization on audit (organization_id, id);
  create index audit_by_application on audit (organization_id, application_id, id)
    where application_id is not null;
  create index audit_by_actor on audit (organization_id, actor_id, id) where actor_id is not null;
`;
