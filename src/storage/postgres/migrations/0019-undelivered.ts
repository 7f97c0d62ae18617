/** What was not delivered so far, or at all. Deliveries without a failure are in none of these. */
export const UNDELIVERED = `
create index delivery_failing_of on posthaste.delivery (application_id, message_id, endpoint_id)
  where attempt_count > 0;
create index delivery_failing on posthaste.delivery (message_id, endpoint_id)
  where attempt_count > 0;
create index settled_exhausted_of
  on posthaste.settled_delivery (application_id, message_id, endpoint_id) where state = 2;
create index settled_exhausted on posthaste.settled_delivery (message_id, endpoint_id)
  where state = 2;
`;
