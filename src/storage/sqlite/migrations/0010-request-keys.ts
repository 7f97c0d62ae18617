export const REQUEST_KEYS = `
  create table request_key (
    organization_id text not null,
    application_id text not null,
    key text not null,
    fingerprint text not null,
    began_at integer not null,
    answer text,
    primary key (organization_id, application_id, key)
  ) strict, without rowid;
  create index request_key_age on request_key (began_at);
`;
