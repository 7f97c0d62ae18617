export const TASKS = `
  create table task (
    id text primary key,
    organization_id text not null,
    application_id text not null,
    endpoint_id text not null,
    kind text not null,
    selection text not null,
    status text not null,
    reason text,
    cursor text,
    scanned_count integer not null,
    changed_count integer not null,
    created_at integer not null,
    updated_at integer not null
  ) strict, without rowid;
  create index task_by_organization on task (organization_id, id);
  create index task_running on task (id) where status = 'running';
`;
