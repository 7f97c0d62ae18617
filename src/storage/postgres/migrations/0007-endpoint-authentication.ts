export const ENDPOINT_AUTHENTICATION = `
alter table posthaste.endpoint add column authentication text, add column tls text,
  add column signature text;
`;
