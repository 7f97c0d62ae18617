/**
 * Attempts of an endpoint or an application by the hour. A row is written again with each batch of its
 * hour: with free space in its page that touches no index.
 */
export const ATTEMPT_ROLLUPS = `
create table posthaste.attempt_rollup (
  bucket_at bigint not null,
  subject_id text collate "C" not null,
  writer bigint not null,
  counts text not null,
  primary key (bucket_at, subject_id, writer)
) with (fillfactor = 60);
`;
