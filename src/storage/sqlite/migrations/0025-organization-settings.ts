export const ORGANIZATION_SETTINGS = `
  create table organization_settings (
    organization_id text primary key,
    payload_validation text not null
  ) strict, without rowid;
`;
