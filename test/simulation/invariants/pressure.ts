import { type RequestEntry, clockText } from '../ledger.ts';
import type { History } from '../world.ts';
import {
  type Invariant,
  ROUNDING_MS,
  isEdited,
  isMoved,
  isMovedUntold,
  label,
} from './invariant.ts';

export const failing: Invariant = {
  name: 'failing',
  says: 'An endpoint that goes on failing gets one request at a time.',
  breaches: (history) =>
    byLane(history).flatMap((requests) => {
      const ended = requests
        .filter(({ endedMs }) => endedMs !== null)
        .sort((a, b) => (a.endedMs ?? 0) - (b.endedMs ?? 0));
      return requests.flatMap((request) => {
        if (request.inFlight.lane === 0) return [];
        const sinceMs = failingSince(ended, request);
        if (sinceMs === null || isMoved(history, sinceMs, request.atMs)) return [];
        const sent = `was sent with ${request.inFlight.lane} in flight`;
        return [`${clockText(request.atMs)}: ${label(history.ledger, request)} ${sent}`];
      });
    }),
};

/**
 * The end of the earliest of the last `FAILURES` results before the request, if all of them are failures and recent;
 * otherwise null.
 */
function failingSince(ended: readonly RequestEntry[], { atMs }: RequestEntry): number | null {
  let failures = 0;
  const isBefore = ({ endedMs, atMs: sentMs }: RequestEntry) =>
    sentMs < atMs && (endedMs ?? Infinity) <= atMs;
  for (let at = ended.findLastIndex(isBefore); at >= 0; at--) {
    const request = ended[at];
    if (request === undefined || !isBefore(request)) continue;
    const { result, endedMs } = request;
    if (endedMs === null || atMs - endedMs >= FORGOTTEN_AFTER_MS) return null;
    if (result?.failure === null && (result.statusCode ?? 0) < 500) return null;
    if (++failures === FAILURES) return endedMs;
  }
  return null;
}

/** After this many failures in a row, any window has shrunk to one request. */
const FAILURES = 6;
/** A little less than the time after which a process forgets an idle lane. */
const FORGOTTEN_AFTER_MS = 55_000;

export const pushback: Invariant = {
  name: 'pushback',
  says: 'An endpoint that answers 429 or 503 with Retry-After gets no request until that time is over.',
  breaches: (history) =>
    byEndpoint(history).flatMap((requests) => {
      const { ledger, plan } = history;
      const pushbacks = requests.filter(({ result }) => isPushback(result));
      return requests.flatMap((request) => {
        const tooEarly = pushbacks.some(({ result, endedMs, process }) => {
          if (endedMs === null || endedMs >= request.atMs) return false;
          const askedMs = Number(result?.retryAfter) * 1_000;
          const untilMs = endedMs + Math.min(askedMs, plan.limits.longestPushbackMs);
          if (isEdited(ledger, request.endpointId, endedMs, request.atMs)) return false;
          // A process knows the pushbacks that it got itself, even if it lost and regained the endpoint since.
          const isOther = process !== request.process;
          if (isOther && isMovedUntold(history, endedMs, request.atMs, request.process))
            return false;
          return request.atMs < untilMs - ROUNDING_MS;
        });
        if (!tooEarly) return [];
        return [`${clockText(request.atMs)}: ${label(ledger, request)} was sent in the pause`];
      });
    }),
};

function isPushback(result: RequestEntry['result']): boolean {
  return result?.retryAfter != null && (result.statusCode === 429 || result.statusCode === 503);
}

/** The requests of one process to one endpoint. */
function byLane({ ledger }: History): RequestEntry[][] {
  return [...Map.groupBy(ledger.requests, (r) => `${r.endpointId} ${r.process}`).values()];
}

function byEndpoint({ ledger }: History): RequestEntry[][] {
  return [...Map.groupBy(ledger.requests, ({ endpointId }) => endpointId).values()];
}
