export const FAILED_ATTEMPTS = `
  -- Only failed attempts have an entry, so an attempt that succeeds pays nothing.
  create index attempt_failed on attempt (endpoint_id, id) where succeeded = 0;
`;
