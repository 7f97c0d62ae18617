/** What an attempt sent and received besides the bodies, as compact JSON. */
export const ATTEMPT_EXCHANGE = `
alter table posthaste.attempt add column exchange text;
`;
