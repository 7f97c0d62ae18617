/** The heads and times of an attempt's request and response, as compact JSON. */
export const ATTEMPT_EXCHANGE = `
alter table posthaste.attempt add column exchange text;
`;
