import type { OnlineIndex } from './online-index.ts';

/** Lists of what an endpoint did not get. Deliveries of ordered endpoints that succeeded pay nothing. */
export const ENDED_DELIVERIES: readonly OnlineIndex[] = [
  {
    name: 'settled_by_endpoint',
    table: 'settled_delivery',
    on: '(endpoint_id, state, message_id) where state > 1',
  },
];
