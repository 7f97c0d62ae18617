export const ENDPOINT_FILTER = `
alter table posthaste.endpoint add column filter text;
`;
