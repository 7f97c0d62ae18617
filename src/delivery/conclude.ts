import type { Attempt } from '../domain/attempt.ts';
import type { Random } from '../domain/clock.ts';
import type { Handoff } from '../domain/delivery.ts';
import { healthAfter } from '../domain/disable-policy.ts';
import type { EndpointHealth } from '../domain/endpoint.ts';
import { isSuccess, nextAfter, parseRetryAfter } from '../domain/retry-policy.ts';
import type { HealthChange } from '../storage/storage.ts';
import type { ExchangeResult } from './http-client/http-client.ts';
import type { Outcome } from './recorder.ts';
import type { Target } from './target.ts';

export interface Concluded {
  readonly outcome: Outcome;
  readonly health: EndpointHealth;
  readonly disables: boolean;
}

/** From what the exchange brought to what is written: the attempt, the delivery's next state, the endpoint's health. */
export function conclude(
  target: Target,
  handoff: Handoff,
  result: ExchangeResult,
  health: EndpointHealth,
  at: { id: string; startedAt: number; now: number },
  random: Random,
): Concluded {
  const { policy, endpoint } = target;
  const { statusCode } = result;
  const succeeded = result.failure === null && statusCode !== null && isSuccess(statusCode, policy);
  const attempt: Attempt = {
    id: at.id,
    messageId: handoff.messageId,
    endpointId: handoff.endpointId,
    applicationId: handoff.applicationId,
    number: handoff.attemptCount + 1,
    trigger: handoff.trigger,
    url: endpoint.url,
    startedAt: at.startedAt,
    durationMs: Math.max(at.now - at.startedAt, 0),
    succeeded,
    failure: succeeded ? null : (result.failure ?? 'status'),
    detail: succeeded ? '' : result.detail || `answered ${statusCode}`,
    statusCode,
    response: result.response,
  };
  const { failure } = attempt;
  const next = nextAfter(
    { succeeded, failure, statusCode, retryAfterMs: retryAfterMs(result, at.now) },
    handoff,
    policy,
    at.now,
    random,
  );
  const { gone } = next;
  const verdict = healthAfter(health, { succeeded, gone }, policy.disable, at.now);
  const change = healthChange(endpoint.id, health, verdict.health, verdict.disable, at.now);
  return {
    outcome: {
      handoff,
      record: { attempt, claim: handoff.claim, next },
      health: change,
      release: null,
      ordered: endpoint.ordered,
    },
    health: verdict.health,
    disables: verdict.disable !== null,
  };
}

function retryAfterMs(result: ExchangeResult, now: number): number | null {
  return result.retryAfter === null ? null : parseRetryAfter(result.retryAfter, now);
}

/** Null when nothing changed, as after almost every success: then there is nothing to write. */
function healthChange(
  endpointId: string,
  before: EndpointHealth,
  after: EndpointHealth,
  disable: 'failing' | 'gone' | null,
  now: number,
): HealthChange | null {
  const addFailed = after.failedCount - before.failedCount;
  const sinceChanged = after.failingSince !== before.failingSince;
  if (addFailed === 0 && !sinceChanged && disable === null) return null;
  return {
    endpointId,
    ...(sinceChanged && { failingSince: after.failingSince }),
    ...(addFailed > 0 && { addFailed }),
    ...(disable && { disabled: { at: now, reason: disable } }),
  };
}
