export const ENDED_DELIVERIES = `
-- Lists of what an endpoint did not get. Deliveries of ordered endpoints that succeeded pay nothing.
create index settled_by_endpoint on posthaste.settled_delivery (endpoint_id, state, message_id)
  where state > 1;
`;
