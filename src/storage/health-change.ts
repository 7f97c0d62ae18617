import type { EndpointDisabled } from '../domain/endpoint.ts';

/** Applied in order, after the attempts of the same batch. */
export interface HealthChange {
  readonly endpointId: string;
  /** `updatedAt` of the endpoint as it was attempted: nothing is written if a person has changed it since. */
  readonly endpointUpdatedAt: number;
  /** New value, or absent to leave it. */
  readonly failingSince?: number | null;
  /** New value, or absent to leave it. */
  readonly lastFailedAt?: number | null;
  /** Added to the endpoint's failed attempts. */
  readonly addFailed?: number;
  /** Disables the endpoint, unless it is disabled already. */
  readonly disabled?: EndpointDisabled;
  /** With this change the endpoint is so far on its way to being disabled; for events, not stored. */
  readonly alert?: 0.5 | 0.75;
}

/** Two changes of one endpoint as one. What was learned of it before a person changed it is dropped. */
export function mergeHealth(before: HealthChange | undefined, change: HealthChange): HealthChange {
  if (before === undefined || before.endpointUpdatedAt < change.endpointUpdatedAt) return change;
  if (before.endpointUpdatedAt > change.endpointUpdatedAt) return before;
  const addFailed = (before.addFailed ?? 0) + (change.addFailed ?? 0);
  const disabled = before.disabled ?? change.disabled;
  return { ...before, ...change, addFailed, ...(disabled && { disabled }) };
}
