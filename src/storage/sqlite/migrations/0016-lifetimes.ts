export const LIFETIMES = `
  -- When the payload expires where that is not told by the settings, and when the message is due
  -- that was not due at once. Behind the payload, as content_type.
  alter table message add column expires_at integer;
  alter table message add column deliver_at integer;
  create index message_expiry on message (expires_at) where expires_at is not null;
  alter table application add column payload_retention_days integer;
`;
