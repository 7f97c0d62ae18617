/** Results of tasks that report something: a row for each step that found something. */
export const TASK_RESULTS = `
alter table posthaste.task add column result_chars bigint not null default 0;
create table posthaste.task_result (
  task_id text collate "C" not null,
  place text collate "C" not null,
  entries text not null,
  primary key (task_id, place)
);
`;
