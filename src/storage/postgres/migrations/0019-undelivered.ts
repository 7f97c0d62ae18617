import type { OnlineIndex } from './online-index.ts';

/** Indexes of deliveries that failed and are pending or exhausted. They hold no deliveries without a failure. */
export const UNDELIVERED: readonly OnlineIndex[] = [
  {
    name: 'delivery_failing_of',
    table: 'delivery',
    on: '(application_id, message_id, endpoint_id) where attempt_count > 0',
  },
  {
    name: 'delivery_failing',
    table: 'delivery',
    on: '(message_id, endpoint_id) where attempt_count > 0',
  },
  {
    name: 'settled_exhausted_of',
    table: 'settled_delivery',
    on: '(application_id, message_id, endpoint_id) where state = 2',
  },
  {
    name: 'settled_exhausted',
    table: 'settled_delivery',
    on: '(message_id, endpoint_id) where state = 2',
  },
];
