export const LIFETIMES = `
-- When the payload expires where that is not told by the settings, and when the message is due that was
-- not due at once.
alter table posthaste.message add column expires_at bigint, add column deliver_at bigint;
create index message_expiry on posthaste.message (expires_at) where expires_at is not null;
alter table posthaste.application add column payload_retention_days integer;
`;
