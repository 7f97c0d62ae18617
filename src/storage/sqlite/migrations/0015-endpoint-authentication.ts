export const ENDPOINT_AUTHENTICATION = `
  alter table endpoint add column authentication text;
  alter table endpoint add column tls text;
  alter table endpoint add column signature text;
`;
