export const ACCESS = `
  create table api_key (
    id text primary key,
    organization_id text not null,
    application_id text,
    name text not null,
    hash text not null,
    hint text not null,
    scopes text,
    created_at integer not null,
    expires_at integer,
    last_used_at integer
  ) strict, without rowid;
  create unique index api_key_by_hash on api_key (hash);
  create index api_key_by_organization on api_key (organization_id, id);
  create index api_key_by_expiry on api_key (organization_id, expires_at) where expires_at is not null;

  create table revocation (
    application_id text not null,
    organization_id text not null,
    kind text not null,
    name text not null,
    issued_until integer not null,
    refused_from integer not null,
    forget_at integer,
    primary key (application_id, kind, name, issued_until, refused_from)
  ) strict, without rowid;
  create index revocation_by_forgetting on revocation (forget_at) where forget_at is not null;
`;
