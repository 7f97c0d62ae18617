export const CONTENT_TYPE = `
  -- Null for JSON. Behind the payload, so that finding it in a row reads nothing of the payload.
  alter table message add column content_type text;
`;
