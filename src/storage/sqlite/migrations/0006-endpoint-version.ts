export const ENDPOINT_VERSION = `
  alter table endpoint add column version integer not null default 1;
`;
