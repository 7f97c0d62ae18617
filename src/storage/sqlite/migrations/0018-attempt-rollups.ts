/** The key begins with the hour: rows of one hour are stored side by side and expire together. */
export const ATTEMPT_ROLLUPS = `
  create table attempt_rollup (
    bucket_at integer not null,
    subject_id text not null,
    writer integer not null,
    counts text not null,
    primary key (bucket_at, subject_id, writer)
  ) strict, without rowid;
`;
