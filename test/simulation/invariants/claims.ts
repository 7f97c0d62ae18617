import { clockText } from '../ledger.ts';
import { type Invariant, byDelivery, deliveryKey, isMistimed, label } from './invariant.ts';

export const claimed: Invariant = {
  name: 'claimed',
  says: 'A request is sent only for a pending delivery, by the process that holds the claim on it.',
  breaches: ({ ledger }) =>
    ledger.requests.flatMap((request) => {
      const { held, atMs } = request;
      if (held.state === 'pending' && held.claimed) return [];
      // A deletion and a resend end the claim; the process learns of them after the commit.
      const key = deliveryKey(request);
      if (held.state === 'cancelled' || ledger.resent.has(key)) return [];
      // A wall clock that is believed after a jump forward ends claims early.
      if (isMistimed(ledger, atMs)) return [];
      const wrong = held.state === 'pending' ? 'without a claim' : `while it was ${held.state}`;
      return [`${clockText(atMs)}: ${label(ledger, request)} was sent ${wrong}`];
    }),
};

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
