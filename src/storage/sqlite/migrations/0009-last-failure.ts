export const LAST_FAILURE = `
  alter table endpoint add column last_failed_at integer;
  update endpoint set last_failed_at = failing_since;
`;
