import type { OnlineIndex } from './online-index.ts';

/** For lists of an endpoint's exhausted and cancelled deliveries. Delivered ones of ordered endpoints are not in it. */
export const ENDED_DELIVERIES: readonly OnlineIndex[] = [
  {
    name: 'settled_by_endpoint',
    table: 'settled_delivery',
    on: '(endpoint_id, state, message_id) where state > 1',
  },
];
