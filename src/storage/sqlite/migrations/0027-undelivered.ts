/** Indexes of deliveries that failed and are pending or exhausted; they hold no other deliveries. */
export const UNDELIVERED = `
  create index delivery_undelivered_of on delivery (application_id, message_id, endpoint_id)
    where (state = 2 or (state = 0 and attempt_count > 0));
  create index delivery_undelivered on delivery (message_id, endpoint_id)
    where (state = 2 or (state = 0 and attempt_count > 0));
`;
