export const FIRST_CLAIMS = `
  -- The deliveries of a message that were accepted already claimed and still wait for their first
  -- attempt; those that have an attempt or a row of their own by now don't count any more. A
  -- delivery that succeeded at its first attempt is known by that attempt alone.
  create table first_claim (
    message_id text primary key,
    application_id text not null,
    claim_owner integer not null,
    claimed_until integer not null,
    endpoint_ids text not null
  ) strict, without rowid;
`;
