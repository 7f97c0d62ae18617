/** Results of tasks that report something: a row for each step that found something. */
export const TASK_RESULTS = `
  alter table task add column result_chars integer not null default 0;
  create table task_result (
    task_id text not null,
    place text not null,
    entries text not null,
    primary key (task_id, place)
  ) strict, without rowid;
`;
