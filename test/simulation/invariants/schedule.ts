import { JITTER, LONGEST_RETRY_AFTER_MS } from '../../../src/domain/retry-policy.ts';
import { type RequestEntry, clockText } from '../ledger.ts';
import type { History } from '../world.ts';
import {
  type Invariant,
  ROUNDING_MS,
  byDelivery,
  deliveryKey,
  isMistimed,
  isSuccess,
  label,
  scheduleOf,
} from './invariant.ts';

export const schedule: Invariant = {
  name: 'schedule',
  says: 'A failed attempt is to be retried after the wait that the schedule has at its step, and the delivery is given up only after the last step.',
  breaches: (history) =>
    history.ledger.requests.flatMap((request) => {
      const wrong = wrongTransition(history, request);
      return wrong === null ? [] : [`${label(history.ledger, request)} ${wrong}`];
    }),
};

function wrongTransition(history: History, request: RequestEntry): string | null {
  const { record, result, endedScheduleAt, endpointId } = request;
  if (record?.applied !== true || result === null) return null;
  const { next, step } = record;
  if (isSuccess(request)) {
    return next.state === 'delivered' ? null : `succeeded and became ${next.state}`;
  }
  const scheduledMs = scheduleOf(history, endpointId)[step];
  if (result.statusCode === 410 || scheduledMs === undefined) {
    return next.state === 'exhausted' ? null : `became ${next.state} after its last attempt`;
  }
  if (next.state !== 'pending') return `became ${next.state} with a retry left`;
  const askedMs = Math.min(Number(result.retryAfter ?? 0) * 1000, LONGEST_RETRY_AFTER_MS);
  const leastMs = Math.max(scheduledMs * (1 - JITTER), askedMs);
  const mostMs = Math.max(scheduledMs * (1 + JITTER), askedMs);
  const waitMs = next.dueAt - endedScheduleAt;
  if (waitMs >= leastMs - ROUNDING_MS && waitMs <= mostMs + ROUNDING_MS) return null;
  return `is to wait ${Math.round(waitMs)} ms, not ${leastMs} to ${mostMs}`;
}

export const patience: Invariant = {
  name: 'patience',
  says: 'No retry is sent before the wait of the schedule is over.',
  breaches: (history) =>
    [...byDelivery(history.ledger.requests)].flatMap((of) => early(history, of)),
};

function early(history: History, requests: readonly RequestEntry[]): string[] {
  const { ledger } = history;
  return requests.flatMap((request, place) => {
    const before = requests[place - 1];
    if (before?.record?.applied !== true || before.endedMs === null) return [];
    if (before.record.next.state !== 'pending') return [];
    if (ledger.resent.has(deliveryKey(request))) return [];
    if (isMistimed(ledger, request.atMs)) return [];
    const scheduledMs = scheduleOf(history, request.endpointId)[before.record.step] ?? 0;
    const waitedMs = request.atMs - before.endedMs;
    if (waitedMs >= scheduledMs * (1 - JITTER) - ROUNDING_MS) return [];
    const waited = `${Math.round(waitedMs)} ms after the attempt before`;
    return [`${clockText(request.atMs)}: ${label(ledger, request)} was sent ${waited}`];
  });
}

export const known: Invariant = {
  name: 'known',
  says: 'A process sends no delivery again before the result that it knows of the attempt before is stored, and counts.',
  breaches: ({ ledger }) =>
    [...byDelivery(ledger.requests)].flatMap((requests) =>
      requests.flatMap((request, place) => {
        const before = requests[place - 1];
        if (before?.process !== request.process || before.owner !== request.owner) return [];
        if (before.result === null || before.result.localShortage) return [];
        if ((before.endedMs ?? Infinity) > request.atMs) return [];
        const { record } = before;
        if (record?.applied === true && record.atMs <= request.atMs) return [];
        if (ledger.resent.has(deliveryKey(request)) || isMistimed(ledger, request.atMs)) return [];
        const stored = record?.applied === false ? 'did not count' : 'was not stored';
        return [
          `${clockText(request.atMs)}: ${label(ledger, request)} was sent, though the result of the attempt before ${stored}`,
        ];
      }),
    ),
};
