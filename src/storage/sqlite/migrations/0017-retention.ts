export const RETENTION = `
  -- One row: payloads, and attempts, of messages up to these were looked at.
  create table retention_mark (
    payloads integer not null,
    attempts integer not null
  ) strict;
  insert into retention_mark values (0, 0);
`;
