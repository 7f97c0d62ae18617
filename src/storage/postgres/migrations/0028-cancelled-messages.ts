/** Null: an edit. Otherwise deliveries of these messages were cancelled that a process had claimed. */
export const CANCELLED_MESSAGES = `
alter table posthaste.change add column message_ids text[];
`;
