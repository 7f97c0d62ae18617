import { textArray } from '../binary-array.ts';
import type { ConnectionPool } from '../connection-pool.ts';
import type { DueHint } from './record.ts';

export interface EndedClaims {
  readonly hints: DueHint[];
  /** When the next claim of the owner ends, by the owner's time; null without any. */
  readonly nextEnd: number | null;
}

/**
 * Releases deliveries whose claim by `owner` has expired without a result: the hand-off was lost. Each process
 * does this for its own claims; the fleet ends those of processes that are gone.
 */
export async function endExpiredClaims(
  pool: ConnectionPool,
  owner: number,
  now: number,
  storedNow: number,
): Promise<EndedClaims> {
  const { rows } = await pool.run<DueHint>({
    name: 'end-expired',
    text: `
      with ended as (
        update posthaste.delivery set claim_owner = 0, due_at = due_at + ($3::int8 - $2::int8)
        where claim_owner = $1 and claim_owner <> 0 and due_at <= $2
        returning endpoint_id, due_at
      )
      select endpoint_id, due_at from ended
      union all
      (select null, due_at from posthaste.delivery
       where claim_owner = $1 and claim_owner <> 0 and due_at > $2 order by due_at limit 1)`,
    values: [owner, now, storedNow],
  });
  const next = rows.find(({ endpoint_id }) => endpoint_id === null);
  return { hints: rows.filter((row) => row !== next), nextEnd: next?.due_at ?? null };
}

/**
 * Releases the deliveries of these endpoints that `owner` claimed until `until`, by a claim whose answer was
 * lost. A delivery that was accepted with the same end of its claim is released, too, and may be attempted
 * twice.
 */
export async function endLostClaim(
  pool: ConnectionPool,
  owner: number,
  { endpointIds, until }: LostClaim,
  storedNow: number,
): Promise<DueHint[]> {
  const { rows } = await pool.run<DueHint>({
    text: `
      update posthaste.delivery set claim_owner = 0, due_at = $4
      where claim_owner = $1 and claim_owner <> 0 and due_at = $2 and endpoint_id = any($3::text[])
      returning endpoint_id, due_at`,
    values: [owner, until, textArray(endpointIds), storedNow],
  });
  return rows;
}

/**
 * Releases deliveries that were accepted already claimed by `owner`, of messages whose acceptance failed for
 * the publisher and the engine, but which may have been stored. Returns the released deliveries.
 */
export async function endLostAccepts(
  pool: ConnectionPool,
  owner: number,
  messageIds: readonly string[],
  storedNow: number,
): Promise<(DueHint & { readonly message_id: string })[]> {
  const { rows } = await pool.run<DueHint & { readonly message_id: string }>({
    text: `
      update posthaste.delivery set claim_owner = 0, due_at = $3
      where message_id = any($2::text[]) and claim_owner = $1
      returning message_id, endpoint_id, due_at`,
    values: [owner, textArray(messageIds), storedNow],
  });
  return rows;
}

export interface LostClaim {
  readonly endpointIds: readonly string[];
  readonly until: number;
}
