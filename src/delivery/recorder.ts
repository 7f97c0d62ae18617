import type { Clock } from '../domain/clock.ts';
import type { Handoff } from '../domain/delivery.ts';
import type { AttemptRecord, ClaimRelease, HealthChange, Storage } from '../storage/storage.ts';

/** What became of one hand-off: an attempt to record, or a claim to give back. */
export interface Outcome {
  readonly handoff: Handoff;
  readonly record: AttemptRecord | null;
  readonly health: HealthChange | null;
  readonly release: ClaimRelease | null;
  /** Of an ordered endpoint: its next delivery can be claimed once this is written. */
  readonly ordered: boolean;
}

export interface RecorderOptions {
  readonly storage: Storage;
  readonly clock: Clock;
  /** Called with each batch once it is committed; only then may its hand-offs be acknowledged. */
  readonly onCommitted: (outcomes: readonly Outcome[]) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Brings outcomes into the storage in batches: while one batch commits, the next gathers. A batch
 * that the storage can't take now is tried again until it can; meanwhile the queue's bound, which
 * counts hand-offs until they are acknowledged, bounds what gathers here.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  #gathering: Outcome[] = [];
  #busy = false;
  #scheduled = false;
  #idle: (() => void)[] = [];

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  add(outcome: Outcome): void {
    this.#gathering.push(outcome);
    if (this.#busy || this.#scheduled) return;
    this.#scheduled = true;
    // After the I/O of this turn, so that responses that arrived together are written together.
    setImmediate(() => {
      this.#scheduled = false;
      void this.#drain();
    });
  }

  /** Resolves when nothing is left to write. */
  async settled(): Promise<void> {
    while (this.#busy || this.#gathering.length > 0) {
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
  }

  async #drain(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    while (this.#gathering.length > 0) {
      const batch = this.#gathering;
      this.#gathering = [];
      await this.#writeUntilTaken(batch);
      this.#options.onCommitted(batch);
    }
    this.#busy = false;
    for (const wake of this.#idle.splice(0)) wake();
  }

  async #writeUntilTaken(batch: readonly Outcome[]): Promise<void> {
    const { storage, clock, onError } = this.#options;
    for (let waitMs = 100; ; waitMs = Math.min(waitMs * 2, 5_000)) {
      try {
        await write(storage, batch);
        return;
      } catch (error) {
        onError(error);
        if ((error as { code?: unknown }).code === 'stopping') return;
        await new Promise<void>((resolve) => clock.after(waitMs, resolve));
      }
    }
  }
}

async function write(storage: Storage, batch: readonly Outcome[]): Promise<void> {
  const records: AttemptRecord[] = [];
  const health = new Map<string, HealthChange>();
  const releases: ClaimRelease[] = [];
  for (const outcome of batch) {
    if (outcome.record) records.push(outcome.record);
    if (outcome.health) health.set(outcome.health.endpointId, merged(health, outcome.health));
    if (outcome.release) releases.push(outcome.release);
  }
  await storage.record(() => ({ records, health: [...health.values()], releases }));
}

/** One change per endpoint and batch: an endpoint that is down fails many times in a batch. */
function merged(known: ReadonlyMap<string, HealthChange>, change: HealthChange): HealthChange {
  const before = known.get(change.endpointId);
  if (before === undefined) return change;
  const addFailed = (before.addFailed ?? 0) + (change.addFailed ?? 0);
  const disabled = before.disabled ?? change.disabled;
  return { ...before, ...change, addFailed, ...(disabled && { disabled }) };
}
