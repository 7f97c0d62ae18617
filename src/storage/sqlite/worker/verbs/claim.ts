import { contentChars, isExpunged } from '../../../../domain/message.ts';
import { decodeClaim, HANDOFF } from '../../wire/calls.ts';
import type { ClaimRequest } from '../../../storage.ts';
import type { Handoff } from '../../../../domain/delivery.ts';
import { STATE } from '../../wire/calls.ts';
import type { SessionState, Verb } from './verb.ts';

/** Claims due deliveries, endpoint by endpoint in the order of their turns. */
export function claimVerb(state: SessionState): Verb {
  const { dueIndex } = state;
  const endExpired = expiredClaims(state);
  const claimFrom = claimFromEndpoint(state);

  return (call, out) => {
    const request = decodeClaim(call);
    endExpired(request.now);
    const claimed = new Claimed(request);
    let nextDueAt: number | null = null;
    const earliest = (dueAt: number | null | undefined) => {
      if (typeof dueAt === 'number') nextDueAt = Math.min(nextDueAt ?? dueAt, dueAt);
    };

    for (const endpointId of dueIndex.due(request.now)) {
      const capacity = claimed.capacityOf(endpointId);
      if (capacity <= 0) continue;
      if (claimed.full) {
        earliest(dueIndex.dueAt(endpointId));
        break;
      }
      if (claimFrom(endpointId, capacity, claimed) < capacity) {
        earliest(dueIndex.dueAt(endpointId));
      }
    }
    earliest(dueIndex.nextDueAt());
    if (claimed.handoffs.length > 0) state.claimsEndAt = Math.min(state.claimsEndAt, request.until);
    out.push(nextDueAt);
    HANDOFF.encodeList(out, claimed.handoffs);
  };
}

/** The claims of one call so far, measured against its bounds. */
class Claimed {
  readonly request: ClaimRequest;
  readonly handoffs: Omit<Handoff, 'claim'>[] = [];
  full: boolean;
  #chars = 0;

  constructor(request: ClaimRequest) {
    this.request = request;
    this.full = request.limit <= 0;
  }

  capacityOf(endpointId: string): number {
    return this.request.capacities.get(endpointId) ?? this.request.defaultCapacity;
  }

  get left(): number {
    return this.request.limit - this.handoffs.length;
  }

  /** False: the content would exceed `maxChars`, so the call ends here. */
  takes(content: Pick<Handoff, 'payload' | 'headers'>): boolean {
    const chars = this.#chars + contentChars(content);
    if (this.handoffs.length > 0 && chars > this.request.maxChars) this.full = true;
    return !this.full;
  }

  add(handoff: Omit<Handoff, 'claim'>): void {
    this.handoffs.push(handoff);
    this.#chars += contentChars(handoff);
    if (this.left === 0) this.full = true;
  }
}

type DueRow = [
  messageId: string,
  applicationId: string,
  attemptCount: number,
  scheduleStep: number,
  trigger: number,
];

type MessageRow = [
  payload: string,
  contentType: string | null,
  headers: string | null,
  trace: string | null,
  eventType: string,
  owedSince: number,
];

function claimFromEndpoint({ db, owner, dueIndex }: SessionState) {
  const columns = 'message_id, application_id, attempt_count, schedule_step, trigger';
  const findDue = db.prepare(`
    select ${columns} from delivery indexed by delivery_pending
    where state = 0 and claim_owner = 0 and endpoint_id = ? and due_at <= ?
    order by due_at, message_id limit ?`);
  // The due index says that the head is unclaimed and due; no later delivery may overtake it.
  const findHead = db.prepare(`
    select ${columns} from delivery indexed by delivery_ordered
    where state = 0 and ordered = 1 and endpoint_id = ?
    order by message_id limit 1`);
  const readMessage = db.prepare(`
    select payload, content_type, headers, trace, event_type,
      max(created_at, coalesce(deliver_at, 0))
    from message where application_id = ? and id = ?`);
  const claim = db.prepare(`
    update delivery set claim_owner = ?, due_at = ? where message_id = ? and endpoint_id = ?`);
  const cancel = db.prepare(`
    update delivery set state = ${STATE.cancelled}, due_at = null
    where message_id = ? and endpoint_id = ?`);
  findDue.setReturnArrays(true);
  findHead.setReturnArrays(true);
  readMessage.setReturnArrays(true);

  /** Claims deliveries of the endpoint, ends its turn, and returns how many it claimed. */
  return (endpointId: string, capacity: number, claimed: Claimed): number => {
    const before = claimed.handoffs.length;
    const { now, until } = claimed.request;
    const rows = dueIndex.isOrdered(endpointId)
      ? findHead.all(endpointId)
      : findDue.all(endpointId, now, Math.min(capacity, claimed.left));
    for (const row of rows as unknown as DueRow[]) {
      const [messageId, applicationId, attemptCount, scheduleStep, trigger] = row;
      const read = readMessage.get(applicationId, messageId) as MessageRow | undefined;
      if (read === undefined || isExpunged({ payload: read[0], contentType: read[1] })) {
        // The message is gone: the delivery could never be attempted and would be claimed again for ever.
        cancel.run(messageId, endpointId);
        continue;
      }
      const [payload, contentType, headers, trace, eventType, owedSince] = read;
      if (!claimed.takes({ payload, headers })) break;
      claim.run(owner, until, messageId, endpointId);
      claimed.add({
        messageId,
        endpointId,
        applicationId,
        payload,
        contentType,
        headers,
        trace: trace ?? undefined,
        eventType,
        owedSince,
        attemptCount,
        scheduleStep,
        trigger: trigger === 0 ? 'scheduled' : 'manual',
      });
    }
    dueIndex.served(endpointId, now);
    return claimed.handoffs.length - before;
  };
}

/** Releases deliveries whose claim has expired without a result: the hand-off was lost. */
function expiredClaims(state: SessionState): (now: number) => void {
  const { db, dueIndex, rowless } = state;
  const end = db.prepare(`
    update delivery set claim_owner = 0 where state = 0 and claim_owner > 0 and due_at <= ?
    returning endpoint_id, due_at`);
  const first = db.prepare(
    'select min(due_at) as due_at from delivery where state = 0 and claim_owner > 0',
  );
  end.setReturnArrays(true);

  return (now) => {
    // Both queries read all claims, so they run only when the oldest claim they found last has expired.
    if (now < state.claimsEndAt) return;
    rowless.materializeExpired(now);
    for (const [endpointId, dueAt] of end.all(now) as unknown as [string, number][]) {
      dueIndex.added(endpointId, dueAt);
    }
    const firstEnd = (first.get()?.['due_at'] as number | null) ?? Infinity;
    state.claimsEndAt = Math.min(firstEnd, rowless.firstEnd());
  };
}
