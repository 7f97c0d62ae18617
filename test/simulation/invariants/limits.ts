import { type RequestEntry, clockText } from '../ledger.ts';
import type { History } from '../world.ts';
import { type Invariant, ROUNDING_MS, deliveryKey, isEdited, label } from './invariant.ts';

export const order: Invariant = {
  name: 'order',
  says: 'An ordered endpoint gets no message while an earlier one is owed to it.',
  breaches: ({ ledger }) =>
    ledger.requests.flatMap((request) => {
      const { held, endpointId, atMs } = request;
      if (!held.ordered || held.earlierOwed === null) return [];
      // Deliveries that were handed over before the endpoint became ordered are not held back.
      if (isEdited(ledger, endpointId, 0, atMs)) return [];
      if (ledger.resent.has(deliveryKey({ messageId: held.earlierOwed, endpointId }))) return [];
      const earlier = ledger.nameOf(held.earlierOwed);
      return [`${clockText(atMs)}: ${label(ledger, request)} was sent while ${earlier} was owed`];
    }),
};

export const rate: Invariant = {
  name: 'rate',
  says: 'An endpoint is sent no more requests than its rate allows, but for a burst of a tenth of a second.',
  breaches: ({ ledger, plan }) => {
    // A restarted process counts anew. In a fleet, the rate holds for all processes together.
    const laneOf = ({ endpointId, process }: RequestEntry) =>
      plan.processes > 1 ? endpointId : `${endpointId} ${process}`;
    return [...Map.groupBy(ledger.requests, laneOf).values()].flatMap((requests) =>
      tooFast(ledger, requests),
    );
  },
};

function tooFast(ledger: History['ledger'], requests: readonly RequestEntry[]): string[] {
  let nextMs = 0;
  return requests.flatMap((request) => {
    const { held, atMs, endpointId } = request;
    if (held.rateLimit === null || isEdited(ledger, endpointId, 0, atMs)) return [];
    const intervalMs = 1000 / held.rateLimit;
    const allowedMs = nextMs - Math.max(BURST_MS - intervalMs, 0);
    nextMs = Math.max(nextMs, atMs) + intervalMs;
    if (atMs >= allowedMs - ROUNDING_MS) return [];
    const early = `${(allowedMs - atMs).toFixed(1)} ms too early for ${held.rateLimit} in a second`;
    return [`${clockText(atMs)}: ${label(ledger, request)} was sent ${early}`];
  });
}

const BURST_MS = 100;

export const windows: Invariant = {
  name: 'windows',
  says: 'The requests in flight pass neither the limit of their endpoint nor that of the process.',
  breaches: ({ ledger, plan }) =>
    ledger.requests.flatMap((request) => {
      const { held, inFlight, endpointId, atMs } = request;
      const sent = `${clockText(atMs)}: ${label(ledger, request)} was sent`;
      if (inFlight.process >= plan.concurrency) {
        return [`${sent} with ${inFlight.process} in flight of ${plan.concurrency} in the process`];
      }
      const limit = held.ordered ? 1 : (held.concurrency ?? plan.endpointConcurrency);
      if (inFlight.endpoint < limit || isEdited(ledger, endpointId, atMs, atMs)) return [];
      return [`${sent} with ${inFlight.endpoint} in flight of ${limit} to the endpoint`];
    }),
};
