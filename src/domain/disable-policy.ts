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
 * A success ends the window, but the count of failed attempts continues until the endpoint is enabled again. An
 * endpoint that is `gone` (a 410, or any response, even a success, that asks to be disabled) is disabled under
 * every policy.
 *
 * The window is the one that Svix documents. It begins with a failure that is followed by another one 12 to 24
 * hours later; a failure without such a successor is forgotten. A failure at least `failingForMs` after the first
 * disables the endpoint. After twice `failingForMs` the first failure is forgotten, because the endpoint is used too
 * rarely to be judged. When `failingForMs` is less than 12 hours, it replaces the 12 hours, and twice as much
 * replaces the 24: two failures can then be enough.
 */
export function healthAfter(
  health: EndpointHealth,
  outcome: { readonly succeeded: boolean; readonly gone: boolean },
  policy: DisablePolicy,
  now: number,
): HealthAfterAttempt {
  if (outcome.succeeded) {
    return { health: recovered(health), disable: outcome.gone ? 'gone' : null };
  }
  const windowMs = policy.kind === 'window' ? policy.failingForMs : Infinity;
  const failing = {
    ...timeOfFailing(health, windowMs, now),
    failedCount: health.failedCount + 1,
  };
  if (outcome.gone) return { health: failing, disable: 'gone' };
  return { health: failing, disable: hasFailedEnough(failing, policy) ? 'failing' : null };
}

function recovered(health: EndpointHealth): EndpointHealth {
  return health.failingSince === null
    ? health
    : { ...health, failingSince: null, lastFailedAt: null };
}

interface TimeOfFailing {
  readonly failingSince: number;
  readonly lastFailedAt: number;
}

/**
 * Two instants are enough state: until the window is open, all failures that count lie within
 * 12 hours, so a failure that is more than 24 hours after the first is at least 12 after the last.
 */
function timeOfFailing(health: EndpointHealth, windowMs: number, now: number): TimeOfFailing {
  const first = health.failingSince;
  if (first === null) return { failingSince: now, lastFailedAt: now };
  const last = health.lastFailedAt ?? first;
  const apartMs = Math.min(HALF_DAY_MS, windowMs);
  const withinMs = 2 * apartMs;
  const isOpen = last - first >= apartMs;
  if (now - first <= (isOpen ? 2 * windowMs : withinMs)) {
    return { failingSince: first, lastFailedAt: Math.max(last, now) };
  }
  return { failingSince: now - last <= withinMs ? last : now, lastFailedAt: now };
}

function hasFailedEnough(
  health: TimeOfFailing & { readonly failedCount: number },
  policy: DisablePolicy,
): boolean {
  if (policy.kind === 'window') {
    return health.lastFailedAt - health.failingSince >= policy.failingForMs;
  }
  return policy.kind === 'count' && health.failedCount >= policy.failedAttempts;
}

/** The highest alert mark that was passed between the two states of health; undefined: none. */
export function alertBetween(
  before: EndpointHealth,
  after: EndpointHealth,
  policy: DisablePolicy,
): 0.5 | 0.75 | undefined {
  const was = progressOf(before, policy);
  const is = progressOf(after, policy);
  return ALERTS.find((mark) => was < mark && mark <= is && is < 1);
}

/** The progress towards being disabled, from 0 to 1 (disabled). */
function progressOf(health: EndpointHealth, policy: DisablePolicy): number {
  if (policy.kind === 'count') return health.failedCount / policy.failedAttempts;
  if (policy.kind !== 'window' || health.failingSince === null) return 0;
  return ((health.lastFailedAt ?? 0) - health.failingSince) / policy.failingForMs;
}

const ALERTS = [0.75, 0.5] as const;
const HALF_DAY_MS = 12 * 60 * 60_000;
