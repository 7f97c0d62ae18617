import type { EndpointDisabled } from '../domain/endpoint.ts';

/** Applied in order, after the attempts of the same batch. */
export interface HealthChange {
  readonly endpointId: string;
  /** `updatedAt` of the endpoint at the attempt: nothing is written if a person has changed the endpoint since. */
  readonly endpointUpdatedAt: number;
  /** New value, or absent to leave it. */
  readonly failingSince?: number | null;
  /** New value, or absent to leave it. */
  readonly lastFailedAt?: number | null;
  /** Added to the endpoint's failed attempts. */
  readonly addFailed?: number;
  /** Disables the endpoint, unless it is disabled already. */
  readonly disabled?: EndpointDisabled;
  /** The part of the way to being disabled that the endpoint reached with this change; for events, not stored. */
  readonly alert?: 0.5 | 0.75;
}

/** Merges two changes of one endpoint. A change from before a person edited the endpoint is dropped. */
export function mergeHealth(before: HealthChange | undefined, change: HealthChange): HealthChange {
  if (before === undefined || before.endpointUpdatedAt < change.endpointUpdatedAt) return change;
  if (before.endpointUpdatedAt > change.endpointUpdatedAt) return before;
  const addFailed = (before.addFailed ?? 0) + (change.addFailed ?? 0);
  const disabled = before.disabled ?? change.disabled;
  return { ...before, ...change, addFailed, ...(disabled && { disabled }) };
}
