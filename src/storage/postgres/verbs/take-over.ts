import type { Handoff } from '../../../domain/delivery.ts';
import { textArray } from '../binary-array.ts';
import type { ConnectionPool } from '../connection-pool.ts';

/**
 * A delivery that is due for one process may be due a little later for another, because their estimates of the
 * database's time differ. Without a margin its hand-off would be dropped, and its owner would not be notified.
 */
const DUE_MARGIN_MS = 5_000;

/** Claims deliveries that another process handed over, unless they were claimed, ended or postponed meanwhile. */
export async function takeOver(
  pool: ConnectionPool,
  owner: number,
  handoffs: readonly Handoff[],
  until: number,
  storedNow: number,
): Promise<Handoff[]> {
  const { rows } = await pool.run<{ place: number }>({
    name: 'take-over',
    text: TAKE_OVER,
    values: [
      textArray(handoffs.map(({ messageId }) => messageId)),
      textArray(handoffs.map(({ endpointId }) => endpointId)),
      owner,
      until,
      storedNow + DUE_MARGIN_MS,
    ],
  });
  const taken = new Set(rows.map(({ place }) => place));
  return handoffs
    .filter((_, index) => taken.has(index + 1))
    .map((handoff) => ({ ...handoff, claim: { owner, until } }));
}

// The conditions exclude rows that were attempted or resent since the hand-off was made, and those of ordered
// endpoints, which must wait for their turn.
//
// "+ 0" keeps the planner from the index of waiting deliveries, by which each batch would read the whole
// backlog, instead of one row per hand-off by the primary key.
export const TAKE_OVER = `
  update posthaste.delivery as d set claim_owner = $3, due_at = $4
  from unnest($1::text[], $2::text[]) with ordinality as h (message_id, endpoint_id, place)
  where d.message_id = h.message_id and d.endpoint_id = h.endpoint_id
    and d.claim_owner + 0 = 0 and d.due_at <= $5 and d.sequence is null
    and d.attempt_count = 0 and d.schedule_step = 0 and d.trigger = 0
  returning h.place`;
