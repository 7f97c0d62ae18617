export const NAMES = `
  alter table endpoint_attempt rename to attempt_by_endpoint;
  alter table recent_attempt rename to attempt_by_endpoint_tail;
  alter table first_claims_from rename to rowless_scan_start;
`;
