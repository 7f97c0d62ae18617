import { textArray } from '../binary-array.ts';
import type { ConnectionPool } from '../connection-pool.ts';
import type { DueHint } from './record.ts';

export interface EndedClaims {
  readonly hints: DueHint[];
  /** When the next claim of the owner ends; null without any. In the time of the owner. */
  readonly nextEnd: number | null;
}

/**
 * Gives deliveries back whose claim by `owner` ended without a result: the hand-off was lost. Each
 * process does so with its own; those of a process that is gone end by the fleet.
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
 * Gives back what `owner` claimed until `until` from these endpoints, by a claim whose answer was lost.
 * A delivery that was accepted claimed until the same instant goes with it, and may be attempted twice.
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
 * Gives back what was accepted already claimed by `owner`, of messages whose acceptance failed in the
 * eyes of the publisher, and so of the engine, but may have been stored. Answers what was found.
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
