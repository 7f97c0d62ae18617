export const REPAIR = `
alter table posthaste.endpoint add column paused_at bigint;

create table posthaste.task (
  id text collate "C" primary key,
  organization_id text collate "C" not null,
  application_id text collate "C" not null,
  endpoint_id text collate "C" not null,
  kind text not null,
  selection text not null,
  status text not null,
  reason text,
  cursor text collate "C",
  scanned_count bigint not null,
  changed_count bigint not null,
  created_at bigint not null,
  updated_at bigint not null
) with (fillfactor = 50);
create index task_by_organization on posthaste.task (organization_id, id);
create index task_running on posthaste.task (id) where status = 'running';
`;
