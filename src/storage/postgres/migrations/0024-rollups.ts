/**
 * Rollups of several spans, instead of hours only. The key begins with the span and its time: rows of one time
 * are stored side by side and expire together.
 */
export const ROLLUPS = `
create table posthaste.rollup (
  span bigint not null,
  bucket_at bigint not null,
  subject_id text collate "C" not null,
  writer bigint not null,
  counts text not null,
  primary key (span, bucket_at, subject_id, writer)
) with (fillfactor = 60);
insert into posthaste.rollup (span, bucket_at, subject_id, writer, counts)
select 3600000, bucket_at, subject_id, writer, counts from posthaste.attempt_rollup;
drop table posthaste.attempt_rollup;
`;
