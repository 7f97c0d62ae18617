export const ENDED_DELIVERIES = `
  -- Deliveries that ended without success, by endpoint: one that succeeds pays nothing.
  create index delivery_ended on delivery (endpoint_id, state, message_id) where state > 1;
`;
