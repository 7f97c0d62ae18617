export const RETENTION = `
-- Uids leave with their messages.
create index message_key_message on posthaste.message_key (message_id) where kind = 'uid';

-- One row: payloads of messages up to this one were looked at, in the order of days (UTC), applications and ids.
create table posthaste.retention_mark (
  day bigint not null,
  application_id text collate "C" not null,
  message_id text collate "C" not null
);
insert into posthaste.retention_mark values (0, '', '');
`;
