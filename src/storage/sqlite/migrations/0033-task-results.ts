/** What tasks that answer something have found: a row for each step that found some. */
export const TASK_RESULTS = `
  alter table task add column result_chars integer not null default 0;
  create table task_result (
    task_id text not null,
    place text not null,
    entries text not null,
    primary key (task_id, place)
  ) strict, without rowid;
`;
