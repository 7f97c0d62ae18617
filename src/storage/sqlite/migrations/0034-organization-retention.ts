/** Days; null: the time of the process. Of organizations with times of their own, marks are kept apart. */
export const ORGANIZATION_RETENTION = `
  alter table organization_settings add column payload_retention_period integer;
  alter table organization_settings add column attempt_retention_period integer;
  alter table organization_settings add column message_retention_period integer;
  alter table retention_mark add column name text not null default '';
  create unique index retention_mark_name on retention_mark (name);
`;
