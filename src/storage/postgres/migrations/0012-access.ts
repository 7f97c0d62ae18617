export const ACCESS = `
create table posthaste.api_key (
  id text collate "C" primary key,
  organization_id text collate "C" not null,
  application_id text collate "C",
  name text not null,
  hash text collate "C" not null,
  hint text not null,
  scopes text,
  created_at bigint not null,
  expires_at bigint,
  last_used_at bigint
) with (fillfactor = 80);
create unique index api_key_by_hash on posthaste.api_key (hash);
create index api_key_by_organization on posthaste.api_key (organization_id, id);
create index api_key_by_expiry on posthaste.api_key (organization_id, expires_at) where expires_at is not null;

create table posthaste.revocation (
  application_id text collate "C" not null,
  organization_id text collate "C" not null,
  kind text collate "C" not null,
  name text collate "C" not null,
  issued_until bigint not null,
  refused_from bigint not null,
  forget_at bigint,
  primary key (application_id, kind, name, issued_until, refused_from)
);
create index revocation_by_forgetting on posthaste.revocation (forget_at) where forget_at is not null;

-- Null: keys or revocations changed, of whatever application.
alter table posthaste.change alter column application_id drop not null;
`;
