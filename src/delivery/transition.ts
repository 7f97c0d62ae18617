import type { Attempt } from '../domain/attempt.ts';
import { type SentRequest, encodeExchange } from '../domain/attempt-exchange.ts';
import type { Random } from '../domain/clock.ts';
import type { Handoff } from '../domain/delivery.ts';
import { type HealthAfterAttempt, alertBetween, healthAfter } from '../domain/disable-policy.ts';
import type { EndpointHealth } from '../domain/endpoint.ts';
import {
  isSuccess,
  nextAfter,
  parseDeliveryControl,
  parseRetryAfter,
} from '../domain/retry-policy.ts';
import type { AttemptRecord, HealthChange } from '../storage/storage.ts';
import { answered, shortened } from './http-client/answered.ts';
import type { ExchangeResult } from './http-client/http-client.ts';
import type { Verdict } from './lane.ts';
import type { DeliveryLimits } from './limits.ts';
import type { Target } from './target.ts';

/** The consequences of a result: what is recorded, and what the lane learns. */
export interface Transition {
  readonly record: AttemptRecord;
  /** Null when nothing changed, as after almost every success: then there is nothing to write. */
  readonly healthChange: HealthChange | null;
  readonly health: EndpointHealth;
  readonly disables: boolean;
  readonly verdict: Verdict;
}

/** An attempt that has ended. */
export interface EndedAttempt {
  readonly id: string;
  readonly target: Target;
  readonly handoff: Handoff;
  /** The health of the endpoint before the attempt. */
  readonly health: EndpointHealth;
  /** By the wall clock. */
  readonly startedAt: number;
  readonly durationMs: number;
  /** The instant from which the wait for a retry is counted, by the schedule's clock. */
  readonly scheduleNow: number;
  /** Null: the record must not contain the request, or there was none. */
  readonly sent: SentRequest | null;
}

type VerdictLimits = Pick<DeliveryLimits, 'slowMs' | 'longestPushbackMs'>;

/** Turns the result of an attempt into the next state of its delivery and the endpoint's health. */
export function transitionAfter(
  result: ExchangeResult,
  ended: EndedAttempt,
  limits: VerdictLimits,
  random: Random,
): Transition {
  const { target, handoff, health, durationMs, scheduleNow: now } = ended;
  const { policy } = target;
  const { statusCode } = result;
  const succeeded = result.failure === null && statusCode !== null && isSuccess(statusCode, policy);
  const attempt = attemptOf(result, ended, succeeded);
  const endedAt = ended.startedAt + durationMs;
  // A date in `Retry-After` is by the receiver's wall clock.
  const retryAfterMs =
    result.retryAfter === null ? null : parseRetryAfter(result.retryAfter, endedAt);
  const control =
    result.deliveryControl === null ? null : parseDeliveryControl(result.deliveryControl);
  const cancelled = result.cancelled === true;
  const end = { succeeded, statusCode, retryAfterMs, control };
  const next = cancelled
    ? ({ state: 'cancelled', gone: false } as const)
    : nextAfter(end, handoff, policy, now, random);
  const after = cancelled
    ? { health, disable: null }
    : healthAfter(health, { succeeded, gone: next.gone }, policy.disable, now);
  return {
    record: {
      attempt,
      claim: handoff.claim,
      next,
      organizationId: target.application.organizationId,
      eventType: handoff.eventType,
      owedSince: handoff.owedSince,
    },
    healthChange: healthChange(ended, after, endedAt),
    health: after.health,
    disables: after.disable !== null,
    verdict: cancelled
      ? NO_VERDICT
      : verdictOf(succeeded, statusCode, retryAfterMs, durationMs, limits),
  };
}

/** The endpoint was not asked. */
const NO_VERDICT: Verdict = { kind: 'none', slow: false, pauseMs: 0 };

function attemptOf(
  result: ExchangeResult,
  { id, target, handoff, startedAt, durationMs, sent }: EndedAttempt,
  succeeded: boolean,
): Attempt {
  return {
    id,
    messageId: handoff.messageId,
    endpointId: handoff.endpointId,
    applicationId: handoff.applicationId,
    number: handoff.attemptCount + 1,
    trigger: handoff.trigger,
    url: target.shownUrl,
    startedAt,
    durationMs,
    succeeded,
    failure: succeeded ? null : (result.failure ?? 'status'),
    detail: shown(detailOf(result, succeeded)),
    statusCode: result.statusCode,
    response: result.response,
    exchange: sent && encodeExchange(sent, result.times, result.responseHead),
  };
}

function detailOf(
  { statusCode, failure, location, detail }: ExchangeResult,
  succeeded: boolean,
): string {
  if (succeeded || failure !== null) return detail;
  const told = answered(statusCode, location);
  return detail === '' ? told : `${told}; ${detail}`;
}

/**
 * Bounds the sentence, and replaces the characters that a database or a terminal can't take: it may repeat what a
 * receiver, its certificate, a proxy or a transformation says.
 */
function shown(detail: string): string {
  return shortened(detail, DETAIL_CHARS).replace(CONTROLS, '\uFFFD');
}

const CONTROLS = /[\p{Cc}\p{Cs}]/gu;
const DETAIL_CHARS = 2_000;

/** Statuses by which an endpoint says that it is overloaded or unavailable for a while. */
const PUSHBACK = new Set([429, 502, 503, 504]);

function verdictOf(
  succeeded: boolean,
  statusCode: number | null,
  retryAfterMs: number | null,
  durationMs: number,
  { slowMs, longestPushbackMs }: VerdictLimits,
): Verdict {
  const slow = durationMs >= slowMs;
  if (succeeded) return { kind: 'success', slow, pauseMs: 0 };
  if (statusCode === 429 || (retryAfterMs !== null && PUSHBACK.has(statusCode ?? 0))) {
    return { kind: 'pushback', slow, pauseMs: Math.min(retryAfterMs ?? 0, longestPushbackMs) };
  }
  const isRefusal = statusCode !== null && statusCode >= 400 && statusCode < 500;
  return { kind: isRefusal ? 'refusal' : 'failure', slow, pauseMs: 0 };
}

function healthChange(
  { target: { endpoint, policy }, health: before }: EndedAttempt,
  { health: after, disable }: HealthAfterAttempt,
  endedAt: number,
): HealthChange | null {
  const addFailed = after.failedCount - before.failedCount;
  const sinceChanged = after.failingSince !== before.failingSince;
  const lastChanged = after.lastFailedAt !== before.lastFailedAt;
  if (addFailed === 0 && !sinceChanged && disable === null) return null;
  const alert = alertBetween(before, after, policy.disable);
  return {
    endpointId: endpoint.id,
    endpointUpdatedAt: endpoint.updatedAt,
    ...(sinceChanged && { failingSince: after.failingSince }),
    ...(lastChanged && { lastFailedAt: after.lastFailedAt }),
    ...(addFailed > 0 && { addFailed }),
    ...(disable && { disabled: { at: endedAt, reason: disable } }),
    ...(alert !== undefined && { alert }),
  };
}
