import type { Value } from '../protocol.ts';
import { STATE, takeClaim } from '../protocol.ts';
import type { SessionState, Verb } from '../session.ts';
import type { ClaimRequest } from '../../storage.ts';

export function claimVerbs(state: SessionState): { claim: Verb; renew: Verb } {
  const { db, owner, agenda, firstClaims } = state;
  const endExpired = expiredClaims(state);
  const claimFrom = claimFromEndpoint(state);
  const renew = db.prepare(`
    update delivery set claim_owner = ?, due_at = ?
    where message_id = ? and endpoint_id = ? and state = 0 and claim_owner = ? and due_at = ?`);

  return {
    claim(input, out) {
      const request = takeClaim(input);
      endExpired(request.now);
      const taken = new Taken(request);
      const due: string[] = [];
      let nextDueAt: number | null = null;
      const earliest = (dueAt: number | undefined) => {
        if (dueAt !== undefined && (nextDueAt === null || dueAt < nextDueAt)) nextDueAt = dueAt;
      };

      for (const [endpointId, dueAt] of agenda.entries()) {
        if (taken.capacityOf(endpointId) <= 0) continue;
        if (dueAt <= request.now) due.push(endpointId);
        else earliest(dueAt);
      }
      for (const endpointId of due) {
        if (taken.full) {
          earliest(agenda.dueAt(endpointId));
          break;
        }
        const capacity = taken.capacityOf(endpointId);
        if (claimFrom(endpointId, capacity, taken) < capacity) earliest(agenda.dueAt(endpointId));
      }
      if (taken.count > 0) state.claimsEndAt = Math.min(state.claimsEndAt, request.until);
      out.push(nextDueAt, taken.count);
      for (const value of taken.handoffs) out.push(value);
    },

    renew(input, out) {
      const until = input.number();
      const held: Value[] = [];
      const count = input.number();
      for (let place = 0; place < count; place++) {
        const messageId = input.text();
        const endpointId = input.text();
        const claim = [input.number(), input.number()];
        firstClaims.giveRow(messageId, endpointId);
        if (renew.run(owner, until, messageId, endpointId, ...claim).changes === 1) {
          held.push(place);
        }
      }
      state.claimsEndAt = Math.min(state.claimsEndAt, until);
      out.push(held.length, ...held);
    },
  };
}

/** What one call has claimed so far, against its bounds. */
class Taken {
  readonly request: ClaimRequest;
  readonly handoffs: Value[] = [];
  count = 0;
  full: boolean;
  #bytes = 0;

  constructor(request: ClaimRequest) {
    this.request = request;
    this.full = request.limit <= 0;
  }

  capacityOf(endpointId: string): number {
    return this.request.capacities.get(endpointId) ?? this.request.defaultCapacity;
  }

  get left(): number {
    return this.request.limit - this.count;
  }

  /** False: the payload passes the bound in bytes, and the call ends here. */
  takes(payload: string): boolean {
    if (this.count > 0 && this.#bytes + payload.length > this.request.maxBytes) this.full = true;
    return !this.full;
  }

  add(payload: string, fields: readonly Value[]): void {
    this.handoffs.push(...fields);
    this.#bytes += payload.length;
    this.count++;
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

function claimFromEndpoint({ db, owner, agenda }: SessionState) {
  const columns = 'message_id, application_id, attempt_count, schedule_step, trigger';
  const findDue = db.prepare(`
    select ${columns} from delivery indexed by delivery_pending
    where state = 0 and claim_owner = 0 and endpoint_id = ? and due_at <= ?
    order by due_at, message_id limit ?`);
  // The agenda says that the head is unclaimed and due; nothing behind it may pass it.
  const findHead = db.prepare(`
    select ${columns} from delivery indexed by delivery_ordered
    where state = 0 and ordered = 1 and endpoint_id = ?
    order by message_id limit 1`);
  const readPayload = db.prepare('select payload from message where application_id = ? and id = ?');
  const claim = db.prepare(`
    update delivery set claim_owner = ?, due_at = ? where message_id = ? and endpoint_id = ?`);
  const cancel = db.prepare(`
    update delivery set state = ${STATE.cancelled}, due_at = null
    where message_id = ? and endpoint_id = ?`);
  findDue.setReturnArrays(true);
  findHead.setReturnArrays(true);

  /** Answers how many it claimed; the endpoint's turn is over then. */
  return (endpointId: string, capacity: number, taken: Taken): number => {
    const before = taken.count;
    const { now, until } = taken.request;
    const rows = agenda.isOrdered(endpointId)
      ? findHead.all(endpointId)
      : findDue.all(endpointId, now, Math.min(capacity, taken.left));
    for (const row of rows as unknown as DueRow[]) {
      const [messageId, applicationId, attemptCount, scheduleStep, trigger] = row;
      const payload = readPayload.get(applicationId, messageId)?.['payload'] as string | undefined;
      if (payload === undefined) {
        // A delivery without its message could never be attempted and would come up for ever.
        cancel.run(messageId, endpointId);
        continue;
      }
      if (!taken.takes(payload)) break;
      claim.run(owner, until, messageId, endpointId);
      taken.add(payload, [
        messageId,
        endpointId,
        applicationId,
        payload,
        attemptCount,
        scheduleStep,
        trigger,
      ]);
    }
    agenda.served(endpointId);
    return taken.count - before;
  };
}

/** Gives deliveries back whose claim ended without a result: the hand-off was lost. */
function expiredClaims(state: SessionState): (now: number) => void {
  const { db, agenda, firstClaims } = state;
  const end = db.prepare(`
    update delivery set claim_owner = 0 where state = 0 and claim_owner > 0 and due_at <= ?
    returning endpoint_id, due_at`);
  const first = db.prepare(
    'select min(due_at) as due_at from delivery where state = 0 and claim_owner > 0',
  );
  end.setReturnArrays(true);

  return (now) => {
    // Both queries read all claims; they run only when the oldest claim of the last look has ended.
    if (now < state.claimsEndAt) return;
    firstClaims.giveRowsToExpired(now);
    for (const [endpointId, dueAt] of end.all(now) as unknown as [string, number][]) {
      agenda.added(endpointId, dueAt);
    }
    const firstEnd = (first.get()?.['due_at'] as number | null) ?? Infinity;
    state.claimsEndAt = Math.min(firstEnd, firstClaims.firstEnd());
  };
}
