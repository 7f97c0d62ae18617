import type { OperationalEvent } from '../../domain/operational-event.ts';
import { type HealthChange, type RecordBatch, mergeHealth } from '../storage.ts';

/**
 * Changes of health, and the events about them, that could not be written because another session, such as an
 * operator's open transaction, holds the row of the endpoint. They are written with a later batch.
 */
export class HeldHealth {
  #health = new Map<string, HealthChange>();
  #events: OperationalEvent[] = [];

  get isEmpty(): boolean {
    return this.#health.size === 0;
  }

  /** Removes and returns all of them as a batch; null: there are none. */
  take(): RecordBatch | null {
    if (this.isEmpty) return null;
    const health = [...this.#health.values()];
    const events = this.#events;
    this.#health = new Map();
    this.#events = [];
    return { records: [], releases: [], health, events };
  }

  /** Keeps the parts of the batches that are about these endpoints. */
  keep(batches: readonly RecordBatch[], endpointIds: Iterable<string>): void {
    const held = new Set(endpointIds);
    if (held.size === 0) return;
    for (const { health, events = [] } of batches) {
      for (const change of health) {
        const { endpointId } = change;
        if (!held.has(endpointId)) continue;
        this.#health.set(endpointId, mergeHealth(this.#health.get(endpointId), change));
      }
      this.#events.push(
        ...events.filter(
          ({ type, endpointId }) => type.startsWith('endpoint.') && held.has(endpointId),
        ),
      );
    }
  }
}
