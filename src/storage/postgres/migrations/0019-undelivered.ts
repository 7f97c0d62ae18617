/** Indexes of deliveries that failed and are pending or exhausted; they hold no other deliveries. */
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
