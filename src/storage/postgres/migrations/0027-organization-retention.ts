/**
 * Retention of an organization in days; null: the setting of the process. Organizations with retention of their
 * own have separate marks, for attempts and messages as well as payloads.
 */
export const ORGANIZATION_RETENTION = `
alter table posthaste.organization_settings
  add column payload_retention_period integer,
  add column attempt_retention_period integer,
  add column message_retention_period integer;
alter table posthaste.retention_mark
  add column name text collate "C" not null default '',
  add column what text collate "C" not null default 'payloads';
create unique index retention_mark_name on posthaste.retention_mark (name, what);
`;
