import type { EndpointDisabled, EndpointHealth } from './endpoint.ts';
import type { DisablePolicy } from './policy.ts';

export interface HealthAfterAttempt {
  /** The very object that was given when nothing changed. */
  readonly health: EndpointHealth;
  /** Not null: the endpoint is to be disabled now, for this reason. */
  readonly disable: Exclude<EndpointDisabled['reason'], 'manual'> | null;
}

/**
 * An endpoint's health after one more attempt, and whether that ends its deliveries.
 *
 * A success ends the time of failing but forgives no failed attempt: those count until the endpoint
 * is enabled anew. A 410 (`gone`) disables under every policy.
 */
export function healthAfter(
  health: EndpointHealth,
  outcome: { readonly succeeded: boolean; readonly gone: boolean },
  policy: DisablePolicy,
  now: number,
): HealthAfterAttempt {
  if (outcome.succeeded) {
    const recovered = health.failingSince === null ? health : { ...health, failingSince: null };
    return { health: recovered, disable: null };
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
