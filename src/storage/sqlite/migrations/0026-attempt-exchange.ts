/** The heads and times of an attempt's request and response, as compact JSON. */
export const ATTEMPT_EXCHANGE = `
  alter table attempt add column exchange text;
`;
