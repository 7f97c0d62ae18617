import type { EndpointDisabled, EndpointHealth } from './endpoint.ts';
import type { DisablePolicy } from './policy.ts';

export interface HealthAfterAttempt {
  /** The same object as before when nothing changed. */
  readonly health: EndpointHealth;
  /** Why the endpoint must be disabled now; null: it stays enabled. */
  readonly disable: Exclude<EndpointDisabled['reason'], 'manual'> | null;
}

/**
 * An endpoint's health after one more attempt, and whether the endpoint must be disabled.
 *
 * A success ends the time of failing, but failed attempts still count until the endpoint is enabled
 * again. An endpoint that is `gone` (a 410, or an answer that asks for it, successes included) is
 * disabled under every policy.
 */
export function healthAfter(
  health: EndpointHealth,
  outcome: { readonly succeeded: boolean; readonly gone: boolean },
  policy: DisablePolicy,
  now: number,
): HealthAfterAttempt {
  if (outcome.succeeded) {
    const recovered = health.failingSince === null ? health : { ...health, failingSince: null };
    return { health: recovered, disable: outcome.gone ? 'gone' : null };
  }
  const failing = {
    failingSince: health.failingSince ?? now,
    failedCount: health.failedCount + 1,
  };
  if (outcome.gone) return { health: failing, disable: 'gone' };
  return { health: failing, disable: hasFailedEnough(failing, policy, now) ? 'failing' : null };
}

function hasFailedEnough(
  health: { readonly failingSince: number; readonly failedCount: number },
  policy: DisablePolicy,
  now: number,
): boolean {
  if (policy.kind === 'window') return now - health.failingSince >= policy.failingForMs;
  return policy.kind === 'count' && health.failedCount >= policy.failedAttempts;
}
