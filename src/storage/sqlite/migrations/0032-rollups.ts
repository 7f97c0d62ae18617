/**
 * Rollups of several spans, instead of hours only. The key begins with the span and its time: rows of one time
 * are stored side by side and expire together.
 */
export const ROLLUPS = `
create table rollup (
  span integer not null,
  bucket_at integer not null,
  subject_id text not null,
  writer integer not null,
  counts text not null,
  primary key (span, bucket_at, subject_id, writer)
) strict, without rowid;
insert into rollup (span, bucket_at, subject_id, writer, counts)
select 3600000, bucket_at, subject_id, writer, counts from attempt_rollup;
drop table attempt_rollup;
`;
