export const PAUSED_ENDPOINTS = `
  alter table endpoint add column paused_at integer;
`;
