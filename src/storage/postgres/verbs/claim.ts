import type { Handoff } from '../../../domain/delivery.ts';
import type { ClaimRequest, ClaimResult } from '../../storage.ts';
import { contentChars, isExpunged } from '../../../domain/message.ts';
import { int2Array, int4Array, textArray } from '../binary-array.ts';
import { OF_ENDPOINT, cancelling } from '../cancelling.ts';
import type { ConnectionPool } from '../connection-pool.ts';
import type { DatabaseTime } from '../database-time.ts';
import type { DueIndex } from '../due-index.ts';
import { shardOf } from '../../fleet.ts';

/** Most statements of one call; the next call continues. */
const STATEMENTS = 8;
/** Rows that a statement may read for each that it may claim. */
const READ_AHEAD = 4;

export interface ClaimParts {
  readonly pool: ConnectionPool;
  readonly time: DatabaseTime;
  readonly dueIndex: DueIndex;
  readonly owner: number;
  readonly owns: (endpointId: string) => boolean;
  /** Called with an endpoint that has work and is deleted. */
  readonly onDeleted: (endpointId: string) => void;
  /** Called when a call failed although it may have claimed from these endpoints. */
  readonly onLost: (endpointIds: readonly string[], until: number) => void;
}

/**
 * Claims due deliveries, endpoint by endpoint in the order of their turns. Reads only endpoints that the due
 * index names, and no more rows of each than the call can take.
 */
export async function claimDue(parts: ClaimParts, request: ClaimRequest): Promise<ClaimResult> {
  const { dueIndex } = parts;
  const { now, limit, maxChars } = request;
  const claimed = new Claimed(request);
  const lost: Handoff[] = [];
  const looked = new Set<string>();
  for (let left = STATEMENTS; left > 0 && claimed.handoffs.length < limit; left--) {
    const wanted = wantedOf(parts, now, claimed, limit - claimed.handoffs.length);
    if (wanted.length === 0) break;
    const before = claimed.handoffs.length;
    for (const { endpointId } of wanted) looked.add(endpointId);
    const claiming = claimFrom(parts, request, wanted, claimed, maxChars - claimed.chars, lost);
    const cut = await orLose(claiming);
    if (cut || claimed.handoffs.length === before) break;
  }
  if (lost.length > 0) await orLose(forget(parts.pool, lost));
  return { handoffs: claimed.handoffs, nextDueAt: nextDueAt(dueIndex, now, claimed) };

  /** When a statement fails, the call loses what its earlier statements claimed, too. */
  async function orLose<T>(statement: Promise<T>): Promise<T> {
    return statement.catch((error: unknown) => {
      parts.onLost([...looked], request.until);
      throw error;
    });
  }
}

/** The claims of one call so far, measured against its bounds. */
class Claimed {
  readonly handoffs: Handoff[] = [];
  chars = 0;
  readonly #request: ClaimRequest;
  readonly #counts = new Map<string, number>();

  constructor(request: ClaimRequest) {
    this.#request = request;
  }

  capacityLeft(endpointId: string): number {
    const { capacities, defaultCapacity } = this.#request;
    const capacity = capacities.get(endpointId) ?? defaultCapacity;
    return capacity - (this.#counts.get(endpointId) ?? 0);
  }

  add(handoff: Handoff): void {
    this.handoffs.push(handoff);
    this.chars += contentChars(handoff);
    this.#counts.set(handoff.endpointId, (this.#counts.get(handoff.endpointId) ?? 0) + 1);
  }
}

interface Wanted {
  readonly endpointId: string;
  readonly take: number;
}

/** The endpoints whose turn it is. When there are many, only a part of each endpoint's capacity is claimed. */
function wantedOf(
  { dueIndex, owns }: Pick<ClaimParts, 'dueIndex' | 'owns'>,
  now: number,
  claimed: Claimed,
  left: number,
): Wanted[] {
  const endpointIds: string[] = [];
  for (const endpointId of dueIndex.due(now)) {
    if (!owns(endpointId)) {
      // The present owner looks for the endpoint's work; if the endpoint comes back here, this process does.
      dueIndex.learned(endpointId, null, dueIndex.hints);
      continue;
    }
    if (claimed.capacityLeft(endpointId) <= 0) continue;
    endpointIds.push(endpointId);
    if (endpointIds.length >= left) break;
  }
  const share = Math.max(1, Math.ceil((READ_AHEAD * left) / endpointIds.length));
  return endpointIds.map((endpointId) => ({
    endpointId,
    take: Math.min(claimed.capacityLeft(endpointId), share, left),
  }));
}

/** `now` when due work is left that the call could not take; else the time when the next endpoint falls due. */
function nextDueAt(dueIndex: DueIndex, now: number, claimed: Claimed): number | null {
  for (const endpointId of dueIndex.due(now)) if (claimed.capacityLeft(endpointId) > 0) return now;
  return dueIndex.nextDueAt();
}

/** One row for each endpoint that was read, and one for each delivery that was claimed. */
interface FoundRow {
  readonly turn: number;
  /** When the first unclaimed delivery that may be attempted is due; null without any. */
  readonly next_due_at: number | null;
  readonly deleted: boolean;
  readonly message_id: string | null;
  readonly application_id: string;
  readonly attempt_count: number;
  readonly schedule_step: number;
  readonly trigger: number;
  /** Null when the message is gone. */
  readonly payload: string | null;
  readonly content_type: string | null;
  readonly headers: string | null;
  readonly trace: string | null;
  readonly event_type: string | null;
  readonly owed_since: number | null;
}

/** Returns whether `maxChars` cut the result. */
async function claimFrom(
  { pool, time, dueIndex, owner, onDeleted }: ClaimParts,
  { now, until, limit }: ClaimRequest,
  wanted: readonly Wanted[],
  claimed: Claimed,
  maxChars: number,
  lost: Handoff[],
): Promise<boolean> {
  const hints = dueIndex.hints;
  const statement = {
    name: 'claim',
    text: CLAIM,
    values: [
      textArray(wanted.map(({ endpointId }) => endpointId)),
      int2Array(wanted.map(({ endpointId }) => shardOf(endpointId))),
      int4Array(wanted.map(({ take }) => take)),
      time.stored(now),
      limit - claimed.handoffs.length,
      Math.min(maxChars, Number.MAX_SAFE_INTEGER),
      // The first delivery is taken whatever its size.
      claimed.handoffs.length === 0,
      owner,
      until,
    ],
  };
  const { rows } = await pool.run<FoundRow>(statement);
  const took = new Map<number, number>();
  for (const row of rows) {
    const endpointId = wanted[row.turn - 1]?.endpointId;
    if (row.message_id === null || endpointId === undefined) continue;
    took.set(row.turn, (took.get(row.turn) ?? 0) + 1);
    const handoff: Handoff = {
      messageId: row.message_id,
      endpointId,
      applicationId: row.application_id,
      payload: row.payload ?? '',
      contentType: row.content_type,
      headers: row.headers,
      trace: row.trace ?? undefined,
      eventType: row.event_type ?? undefined,
      owedSince: row.owed_since ?? undefined,
      attemptCount: row.attempt_count,
      scheduleStep: row.schedule_step,
      trigger: row.trigger === 0 ? 'scheduled' : 'manual',
      claim: { owner, until },
    };
    const { payload, content_type: contentType } = row;
    if (payload === null || isExpunged({ payload, contentType })) lost.push(handoff);
    else claimed.add(handoff);
  }
  let cut = false;
  for (const row of rows) {
    const place = wanted[row.turn - 1];
    if (row.message_id !== null || place === undefined) continue;
    const next = row.next_due_at === null ? null : time.local(row.next_due_at);
    dueIndex.learned(place.endpointId, next, hints);
    if (row.deleted) onDeleted(place.endpointId);
    const count = took.get(row.turn) ?? 0;
    if (count > 0) dueIndex.served(place.endpointId);
    if (next !== null && next <= now && count < place.take) cut = true;
  }
  return cut;
}

/** Cancels deliveries whose message is gone: they could never be attempted and would be claimed again for ever. */
async function forget(pool: ConnectionPool, handoffs: readonly Handoff[]): Promise<void> {
  const named = 'select * from unnest($1::text[], $2::text[]) as n (message_id, endpoint_id)';
  await pool.run({
    text: `with ${cancelling(named, OF_ENDPOINT)} select`,
    values: [
      textArray(handoffs.map(({ messageId }) => messageId)),
      textArray(handoffs.map(({ endpointId }) => endpointId)),
    ],
  });
}

// The select locks nothing; the update checks again that the row is unclaimed. Only the owner of a lane claims
// from it, except for the moment in which the lane moves to another process.
export const CLAIM = `with
  wanted as materialized (
    select w.turn::int4 as turn, w.endpoint_id, w.shard, w.take,
      e.id is not null and e.deleted_at is null and e.disabled_at is null
        and e.paused_at is null as active,
      e.deleted_at is not null as deleted
    from unnest($1::text[], $2::int2[], $3::int4[]) with ordinality
        as w (endpoint_id, shard, take, turn)
      left join posthaste.endpoint as e on e.id = w.endpoint_id
  ),
  waiting as materialized (
    select w.turn, w.take, d.* from wanted as w cross join lateral (
      select d.due_at, d.message_id, d.endpoint_id, d.application_id from posthaste.delivery as d
      where d.shard = w.shard and d.endpoint_id = w.endpoint_id
        and d.claim_owner = 0 and d.sequence is null
      order by d.due_at, d.message_id limit w.take + 1
    ) as d
    where w.active
    union all
    select w.turn, w.take, h.due_at, h.message_id, h.endpoint_id, h.application_id
    from wanted as w cross join lateral (
      select d.due_at, d.message_id, d.endpoint_id, d.application_id, d.claim_owner
      from posthaste.delivery as d
      where d.shard = w.shard and d.endpoint_id = w.endpoint_id and d.sequence is not null
      order by d.sequence, d.message_id limit 1
    ) as h
    where w.active and h.claim_owner = 0
  ),
  due as (
    select *, row_number() over (partition by turn order by due_at, message_id) as nth
    from waiting where due_at <= $4::int8
  ),
  measured as (
    select due.*, m.payload, m.content_type, m.headers, m.trace, m.event_type, m.owed_since,
      row_number() over taking as place,
      sum(coalesce(m.payload_chars, 0)) over taking as chars
    from due left join lateral (
      select m.payload, m.content_type, m.headers, m.trace, m.payload_chars, m.event_type,
        greatest(m.created_at, m.deliver_at) as owed_since
      from posthaste.message as m
      where m.application_id = due.application_id and m.id = due.message_id
      limit 1
    ) as m on true
    where due.nth <= due.take
    window taking as (order by due.turn, due.due_at, due.message_id)
  ),
  chosen as materialized (
    select * from measured
    where place <= $5::int4 and (chars <= $6::int8 or (place = 1 and $7::boolean))
  ),
  claimed as (
    update posthaste.delivery as d set claim_owner = $8::int4, due_at = $9::int8
    from chosen as c
    where d.message_id = c.message_id and d.endpoint_id = c.endpoint_id and d.claim_owner = 0
    returning c.turn, c.place, d.message_id, d.application_id, d.attempt_count, d.schedule_step,
      d.trigger, c.payload, c.content_type, c.headers, c.trace, c.event_type, c.owed_since
  ),
  left_over as (
    select turn, min(due_at) as due_at from waiting
    where (message_id, endpoint_id) not in (select message_id, endpoint_id from chosen)
    group by turn
  )
  select turn, null::int8 as next_due_at, false as deleted, message_id, application_id, attempt_count, schedule_step,
    trigger, payload, content_type, headers, trace, event_type, owed_since, place
  from claimed
  union all
  select w.turn, (select l.due_at from left_over as l where l.turn = w.turn), w.deleted, null, null,
    null, null, null, null, null, null, null, null, null, null
  from wanted as w
  order by turn, place`;
