export const REPAIR = `
alter table posthaste.endpoint add column paused_at bigint;
`;
