/**
 * Retention of an organization in days; null: the setting of the process. Organizations with retention of their
 * own have separate marks.
 */
export const ORGANIZATION_RETENTION = `
  alter table organization_settings add column payload_retention_period integer;
  alter table organization_settings add column attempt_retention_period integer;
  alter table organization_settings add column message_retention_period integer;
  alter table retention_mark add column name text not null default '';
  create unique index retention_mark_name on retention_mark (name);
`;
