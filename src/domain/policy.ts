/** When deliveries are retried, succeed and end: set per installation, application and endpoint. */
export interface DeliveryPolicy {
  /**
   * The wait before each automatic retry, in milliseconds: entry 0 stands between attempt 1 and 2.
   * A delivery therefore gets at most `retryScheduleMs.length + 1` automatic attempts.
   */
  readonly retryScheduleMs: readonly number[];
  /** One deadline over connect, request, headers and body of an attempt. */
  readonly timeoutMs: number;
  /** Which answers count as delivered. */
  readonly success: '2xx' | '200';
  /** When an endpoint that keeps failing is disabled. */
  readonly disable: DisablePolicy;
}

export type DisablePolicy =
  | { readonly kind: 'never' }
  /** Every attempt failed for this long; which failures count says `disable-policy.ts`. */
  | { readonly kind: 'window'; readonly failingForMs: number }
  /** This many failed attempts since the endpoint was created or enabled, consecutive or not. */
  | { readonly kind: 'count'; readonly failedAttempts: number };

export type PolicyOverrides = { readonly [K in keyof DeliveryPolicy]?: DeliveryPolicy[K] };

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** The policy of an installation without settings; the defaults of the settings are made from it. */
export const DEFAULT_POLICY: DeliveryPolicy = {
  retryScheduleMs: [5_000, 5, 30, 120, 300, 600, 600].map((n, i) => (i === 0 ? n : n * MINUTE_MS)),
  timeoutMs: 15_000,
  success: '2xx',
  disable: { kind: 'window', failingForMs: 5 * 24 * HOUR_MS },
};

/** The policy in force for one endpoint: its own settings, else its application's, else the base. */
export function resolvePolicy(
  base: DeliveryPolicy,
  application: PolicyOverrides,
  endpoint: PolicyOverrides,
): DeliveryPolicy {
  // Most endpoints have no settings of their own, and share one policy in memory.
  if (isEmpty(application) && isEmpty(endpoint)) return base;
  return { ...base, ...application, ...endpoint };
}

function isEmpty(overrides: PolicyOverrides): boolean {
  return Object.keys(overrides).length === 0;
}
