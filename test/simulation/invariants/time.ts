import { JITTER } from '../../../src/domain/retry-policy.ts';
import { type Ledger, type RequestEntry, clockText } from '../ledger.ts';
import { CLAIM_MS } from '../plan.ts';
import type { History } from '../world.ts';
import {
  type Invariant,
  deliveryKey,
  isDisturbed,
  isEdited,
  isMistimed,
  isSuccess,
  label,
  scheduleOf,
} from './invariant.ts';

export const isolation: Invariant = {
  name: 'isolation',
  says: 'A healthy endpoint gets each message and each retry soon, whatever happens at the others.',
  breaches: (history) => [...lateFirsts(history), ...lateRetries(history)],
};

function lateFirsts(history: History): string[] {
  const { ledger, plan } = history;
  const healthy = healthyIds(plan);
  const firsts = firstRequests(ledger);
  return ledger.publishes.flatMap(({ messageId, answeredMs, calledMs, wantedBy }) => {
    if (messageId === null || answeredMs === null || ledger.withdrawn.has(messageId)) return [];
    return wantedBy
      .filter((endpointId) => healthy.has(endpointId))
      .flatMap((endpointId) => {
        const atMs = firsts.get(deliveryKey({ messageId, endpointId }))?.atMs ?? Infinity;
        if (atMs - answeredMs <= SOON_MS) return [];
        if (atMs - answeredMs <= soonMs(history, endpointId, calledMs, atMs)) return [];
        if (isExcused(ledger, endpointId, calledMs, atMs)) return [];
        const waited = `${Math.round(atMs - answeredMs)} ms`;
        const name = label(ledger, { messageId, endpointId });
        return [`${name}: sent ${waited} after it was accepted at ${clockText(answeredMs)}`];
      });
  });
}

function firstRequests(ledger: Ledger): Map<string, RequestEntry> {
  const firsts = new Map<string, RequestEntry>();
  for (const request of ledger.requests) {
    const key = deliveryKey(request);
    if (!firsts.has(key)) firsts.set(key, request);
  }
  return firsts;
}

function lateRetries(history: History): string[] {
  const { ledger, plan } = history;
  const healthy = healthyIds(plan);
  const before = new Map<string, RequestEntry>();
  return ledger.requests.flatMap((request) => {
    const key = deliveryKey(request);
    const last = before.get(key);
    before.set(key, request);
    if (!healthy.has(request.endpointId) || ledger.resent.has(key)) return [];
    if (last?.record?.applied !== true || last.endedMs === null) return [];
    const waitMs = scheduleOf(history, request.endpointId)[last.record.step] ?? 0;
    const lateMs = request.atMs - last.endedMs - waitMs * (1 + JITTER);
    if (lateMs <= SOON_MS) return [];
    // Measured from just after the failure that caused this retry.
    if (lateMs <= soonMs(history, request.endpointId, last.endedMs + 1, request.atMs)) return [];
    if (isExcused(ledger, request.endpointId, last.atMs, request.atMs)) return [];
    const late = `${Math.round(lateMs)} ms late, at ${clockText(request.atMs)}`;
    return [`${label(ledger, request)}: retried ${late}`];
  });
}

/** Whether an edit or a fault excuses the delay. A fault may cost a claim, so it counts until such a claim has expired. */
function isExcused(ledger: Ledger, endpointId: string, fromMs: number, toMs: number): boolean {
  return (
    isEdited(ledger, endpointId, fromMs, toMs) ||
    isDisturbed(ledger, HOLDING_UP, fromMs - CLAIM_MS, toMs) ||
    isMistimed(ledger, toMs)
  );
}

const HOLDING_UP = ['crash', 'storage', 'handoffs', 'shortage'] as const;

/**
 * The delay that the invariants allow. Setting the wall clock may cost a second. The lane of an endpoint whose last
 * request failed is sick: it waits for a slot of the sick lanes, and such a slot is free again within the time-out of
 * a request. In a fleet, a notification of due work may be lost; the owner's next regular look finds the work.
 */
function soonMs({ ledger, plan }: History, endpointId: string, fromMs: number, toMs: number) {
  const clockMs = isDisturbed(ledger, ['clock'], fromMs, toMs) ? CLOCK_SET_MS : 0;
  const waitsWithSick =
    lastFailed(ledger, endpointId, fromMs) || lastFailed(ledger, endpointId, toMs);
  const lostMs = plan.processes > 1 ? LOOK_EVERY_MS : 0;
  return SOON_MS + clockMs + lostMs + (waitsWithSick ? plan.policy.timeoutMs : 0);
}

/** Whether the last result that came from the endpoint before `atMs` was a failure. */
function lastFailed(ledger: Ledger, endpointId: string, atMs: number): boolean {
  const last = ledger.requests
    .filter((request) => request.endpointId === endpointId && (request.endedMs ?? atMs) < atMs)
    .at(-1);
  return last !== undefined && !isSuccess(last);
}

function healthyIds(plan: History['plan']): Set<string> {
  return new Set(plan.endpoints.filter(({ healthy }) => healthy).map(({ name }) => `ep_${name}`));
}

// With only eight slots, a new lane may wait for requests of several others that do not count as slow yet.
const SOON_MS = 300;
const CLOCK_SET_MS = 1_000;
const LOOK_EVERY_MS = 5_000;

export const takenOver: Invariant = {
  name: 'takenOver',
  says: 'In a fleet, the first request for a message to a healthy endpoint is sent within 15 seconds, whichever process dies or hangs, as long as another one runs.',
  breaches(history) {
    const { ledger, plan } = history;
    if (plan.processes === 1) return [];
    const healthy = healthyIds(plan);
    const firsts = firstRequests(ledger);
    return ledger.publishes.flatMap(({ messageId, answeredMs, calledMs, wantedBy }) => {
      if (messageId === null || answeredMs === null || ledger.withdrawn.has(messageId)) return [];
      return wantedBy
        .filter((endpointId) => healthy.has(endpointId))
        .flatMap((endpointId) => {
          const atMs = firsts.get(deliveryKey({ messageId, endpointId }))?.atMs ?? Infinity;
          const lateMs = atMs - answeredMs - TAKEN_OVER_MS;
          if (lateMs <= 0 || lateMs <= soonMs(history, endpointId, calledMs, atMs)) return [];
          if (isEdited(ledger, endpointId, calledMs, atMs)) return [];
          // A fault of another kind may cost a claim, which must expire first.
          if (isDisturbed(ledger, SLOWING, answeredMs - CLAIM_MS, atMs)) return [];
          if (mayBeAlone(history, answeredMs, atMs)) return [];
          const name = label(ledger, { messageId, endpointId });
          return [`${name}: sent ${seconds(atMs - answeredMs)} after ${clockText(answeredMs)}`];
        });
    });
  },
};

/** Whether every process may have been down or hanging in this time or shortly before. */
function mayBeAlone({ ledger, plan }: History, fromMs: number, toMs: number): boolean {
  const ends = ledger.disturbances.filter(
    (one) => one.kind === 'crash' && one.fromMs <= toMs && one.toMs >= fromMs - TAKEN_OVER_MS,
  );
  return ends.length >= plan.processes;
}

const TAKEN_OVER_MS = 15_000;
const SLOWING = ['storage', 'handoffs', 'shortage'] as const;

export const quiet: Invariant = {
  name: 'quiet',
  says: 'When all faults have ended, what is owed is settled in time; after that nothing happens and nothing is held.',
  breaches(history) {
    const { ledger, quietAfterMs, afterwards, database } = history;
    if (quietAfterMs === null) {
      const owed = [...database.allOwed()].filter((d) => database.takesDeliveries(d.endpointId));
      const some = owed.slice(0, 3).map((delivery) => label(ledger, delivery));
      return [`${owed.length} deliveries stay owed, such as ${some.join(', ')}`];
    }
    const boundMs = settlingBoundMs(history);
    const { requests, storageTurns, held } = afterwards;
    return [
      quietAfterMs > boundMs && `it took ${seconds(quietAfterMs)}, not up to ${seconds(boundMs)}`,
      requests > 0 && `${requests} requests were sent when nothing was owed`,
      storageTurns > IDLE_TURNS && `the idle process asked the storage ${storageTurns} times`,
      held > 1 && `capacity for about ${held} hand-offs was never given back`,
    ].filter((breach) => breach !== false);
  },
};

/** The time for the longest schedule, for a pause of the lane, for rates and for lost claims. */
function settlingBoundMs({ ledger, plan, owed, database }: History): number {
  const waits = [
    ...plan.policy.retryScheduleMs,
    ...plan.endpoints.flatMap((e) => e.retryScheduleMs ?? []),
  ];
  let slowestMs = 0;
  for (const [endpointId, count] of owed) {
    const { rateLimit = null } = database.endpoints.get(endpointId)?.value ?? {};
    slowestMs = Math.max(slowestMs, count * (rateLimit === null ? EACH_MS : 1000 / rateLimit));
  }
  const losing = ledger.disturbances.some(({ kind }) => kind === 'storage' || kind === 'handoffs');
  const jumpedMs = plan.steps.reduce((ms, s) => ms + (s.kind === 'jump' ? Math.abs(s.byMs) : 0), 0);
  return (
    Math.max(0, ...waits) * (1 + JITTER) +
    PAUSE_MS +
    (isPushedBack(plan) ? LEARNING_MS : 0) +
    slowestMs +
    (losing ? CLAIM_MS : 0) +
    // Stored due times may come from the wrong clock.
    jumpedMs
  );
}

function isPushedBack({ endpoints }: History['plan']): boolean {
  return endpoints.some(({ phases }) =>
    phases.some(({ behaviour }) => behaviour.kind === 'answers' && behaviour.retryAfter),
  );
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}

/** The longest pause of a breaker or after a pushback. */
const PAUSE_MS = 75_000;
/** After pushbacks a lane may have to begin at one request a minute; each success raises its rate by a tenth. */
const LEARNING_MS = 11 * 60_000;
/** For each delivery of an ordered endpoint: its attempt, its commit and the claim of the next. */
const EACH_MS = 50;
/** An idle process may look into the storage this often in the five minutes that are watched. */
const IDLE_TURNS = 15;
