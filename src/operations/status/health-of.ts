import type { Endpoint } from '../../domain/endpoint.ts';
import { isoOrNull } from '../instant.ts';
import type { HealthOut } from './status-out.ts';

export function healthOf({ disabled, pausedAt, health }: Endpoint): HealthOut {
  return {
    disabled: disabled !== null,
    disabledReason: disabled?.reason ?? null,
    paused: pausedAt !== null,
    failingSince: isoOrNull(health.failingSince),
    lastFailedAt: isoOrNull(health.lastFailedAt),
    failedCount: health.failedCount,
  };
}
