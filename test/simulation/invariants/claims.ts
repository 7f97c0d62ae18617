import { type Ledger, type RequestEntry, clockText } from '../ledger.ts';
import { type Invariant, byDelivery, deliveryKey, isMistimed, label } from './invariant.ts';

export const claimed: Invariant = {
  name: 'claimed',
  says: 'A request is sent only for a pending delivery, by the process that holds the claim on it, or held it until another one stored a success.',
  breaches: ({ ledger }) =>
    ledger.requests.flatMap((request) => {
      const { held, atMs } = request;
      if (held.state === 'pending' && held.claimed) return [];
      // A deletion or a resend ends the claim, and the process learns of it only after the commit.
      const key = deliveryKey(request);
      if (held.state === 'cancelled' || ledger.resent.has(key)) return [];
      if (held.state === 'delivered' && isDeliveredByAnother(ledger, request)) return [];
      // After a jump forward, a wall clock that the process trusts ends claims early.
      if (isMistimed(ledger, atMs)) return [];
      const wrong = held.state === 'pending' ? 'without a claim' : `while it was ${held.state}`;
      return [`${clockText(atMs)}: ${label(ledger, request)} was sent ${wrong}`];
    }),
};

/**
 * Whether the process held the claim until another process stored a success of the delivery, which ended the claim.
 *
 * No engine can avoid such a request. The first process sends a request, and when the answer comes, the storage is
 * unavailable for longer than a lease. Then a second process takes over the endpoint and claims the delivery: it must,
 * because the first may have died with its answer. But the first lives, and stores its success, which counts whoever
 * holds the claim, because the message has arrived. The second process has read the delivery already and does not
 * notice. Asking the storage again before each request would only shorten the time in which this can happen. So the
 * message arrives twice, as at-least-once delivery allows.
 */
function isDeliveredByAnother(ledger: Ledger, request: RequestEntry): boolean {
  return ledger.requests.some(
    ({ record, owner, messageId, endpointId }) =>
      messageId === request.messageId &&
      endpointId === request.endpointId &&
      owner !== request.owner &&
      record?.applied === true &&
      record.next.state === 'delivered' &&
      record.heldBy === request.owner,
  );
}

export const single: Invariant = {
  name: 'single',
  says: 'A process never has two requests of one delivery in flight.',
  breaches: ({ ledger }) =>
    [...byDelivery(ledger.requests)].flatMap((requests) =>
      requests.flatMap((request, place) => {
        const before = requests[place - 1];
        if (before?.process !== request.process || isOver(before.endedMs, request.atMs)) return [];
        const key = deliveryKey(request);
        if (ledger.resent.has(key)) return [];
        return [`${clockText(request.atMs)}: ${label(ledger, request)} was sent twice at once`];
      }),
    ),
};

function isOver(endedMs: number | null, atMs: number): boolean {
  return endedMs !== null && endedMs <= atMs;
}

export const withdrawn: Invariant = {
  name: 'withdrawn',
  says: 'No message is sent after a person was told that it is cancelled or expunged, unless it is sent again; in a fleet, a second later.',
  breaches: ({ ledger }) =>
    ledger.requests.flatMap((request) => {
      const { atMs, messageId } = request;
      const answeredMs = ledger.withdrawn.get(messageId) ?? Infinity;
      if (atMs <= answeredMs + ledger.toldWithinMs) return [];
      if (ledger.resent.has(deliveryKey(request))) return [];
      const late = `${Math.round(atMs - answeredMs)} ms after it was withdrawn`;
      return [`${clockText(atMs)}: ${label(ledger, request)} was sent ${late}`];
    }),
};

export const disabled: Invariant = {
  name: 'disabled',
  says: 'No request is sent to an endpoint after it was disabled or deleted: by the engine, from the commit on; by a person, from the answer on; in a fleet, a second later.',
  breaches: ({ ledger }) =>
    ledger.requests.flatMap((request) => {
      const { atMs, endpointId } = request;
      const last = ledger.switches.findLast(
        (change) => change.endpointId === endpointId && change.atMs <= atMs,
      );
      if (last === undefined || last.to === 'enabled') return [];
      const knownMs = last.by === 'engine' ? last.atMs : (last.answeredMs ?? Infinity);
      if (atMs <= knownMs + ledger.toldWithinMs) return [];
      const after = `after the endpoint was ${last.to} by the ${last.by}`;
      return [`${clockText(atMs)}: ${label(ledger, request)} was sent ${after}`];
    }),
};
