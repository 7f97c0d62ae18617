export const KEPT_ANSWERS = `
  create table kept_answer (
    request text primary key,
    organization_id text not null,
    fingerprint text not null,
    status integer not null,
    body text not null,
    kept_at integer not null
  ) strict;
  create index kept_answer_age on kept_answer (kept_at);
`;
