import { Registry, collectDefaultMetrics } from 'prom-client';
import type { Clock } from '../domain/clock.ts';
import type { EngineStatus } from '../delivery/delivery.ts';
import type { Storage } from '../storage/storage.ts';
import { type Definitions, defineMetrics } from './definitions.ts';
import type { Metrics } from './metrics.ts';
import { observeOutbox, observeStorage } from './observe-storage.ts';

export interface MetricsOptions {
  readonly clock: Clock;
  readonly version: string;
  readonly roles: readonly string[];
}

/** Also measures the process and its event loop, so create only one per process. */
export function createMetrics({ clock, version, roles }: MetricsOptions): Metrics {
  const registry = new Registry();
  const metrics = defineMetrics(registry);
  collectDefaultMetrics({ register: registry });
  metrics.info.set({ version, roles: roles.join(',') }, 1);
  let storage: Storage | null = null;
  let engineStatus: (() => EngineStatus) | null = null;

  return {
    observeStorage(observed) {
      storage = observed;
      return observeStorage(observed, metrics, clock);
    },
    observeOutbox: (outbox) => observeOutbox(outbox, metrics),
    countPayloadMismatch: (action) => metrics.payloadMismatches.inc({ action }),
    watchEngine: (status) => void (engineStatus = status),
    async text() {
      if (engineStatus !== null) setEngine(metrics, engineStatus());
      if (storage !== null) await setBacklog(metrics, storage, clock);
      return registry.metrics();
    },
  };
}

function setEngine(metrics: Definitions, status: EngineStatus): void {
  for (const [state, count] of Object.entries(status.lanes)) metrics.lanes.set({ state }, count);
  for (const [state, count] of Object.entries(status.breakers)) {
    metrics.breakers.set({ state }, count);
  }
  metrics.inFlight.set(status.inFlight);
  metrics.inFlightLimit.set(status.inFlightLimit);
  metrics.held.set(status.held);
  metrics.heldLimit.set(status.heldLimit);
  metrics.unrecorded.set(status.unrecorded);
}

async function setBacklog(metrics: Definitions, storage: Storage, clock: Clock): Promise<void> {
  try {
    const { waiting, oldestDueAt } = await storage.backlog();
    const lateMs = oldestDueAt === null ? 0 : Math.max(0, clock.scheduleNow() - oldestDueAt);
    metrics.backlog.set(waiting);
    metrics.lateSeconds.set(lateMs / 1_000);
    metrics.storageUp.set(1);
  } catch {
    metrics.backlog.set(Number.NaN);
    metrics.lateSeconds.set(Number.NaN);
    metrics.storageUp.set(0);
  }
}
