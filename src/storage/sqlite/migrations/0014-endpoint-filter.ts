export const ENDPOINT_FILTER = `
  alter table endpoint add column filter text;
`;
