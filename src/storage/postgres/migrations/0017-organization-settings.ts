export const ORGANIZATION_SETTINGS = `
create table posthaste.organization_settings (
  organization_id text collate "C" primary key,
  payload_validation text not null
);
`;
