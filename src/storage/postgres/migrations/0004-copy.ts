/** The progress of `posthaste copy`: one row from the beginning of the copy on, kept after its end. */
export const COPY = `
create table posthaste.copy (
  -- Tells one state of one source from every other.
  source text not null,
  -- Claims of the source end at this instant, in the time of the source.
  claims_end_at bigint not null,
  -- What makes a due time of the source one of this database.
  ahead_ms bigint not null,
  -- For each part that was begun: the key of its last row, how many rows, and whether that is all.
  marks jsonb not null default '{}',
  started_at timestamptz not null default clock_timestamp(),
  -- Null: incomplete, so that no process may use the database.
  finished_at timestamptz,
  -- What the verification counted.
  tables jsonb
);
create unique index copy_is_one on posthaste.copy ((true));
`;
