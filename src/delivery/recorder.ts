import type { Clock } from '../domain/clock.ts';
import type { Handoff } from '../domain/delivery.ts';
import { PosthasteError } from '../domain/errors.ts';
import {
  type AttemptRecord,
  type ClaimRelease,
  type HealthChange,
  RECORD_BATCH_ENTRIES,
  type RecordBatch,
  type Storage,
} from '../storage/storage.ts';
import type { Lane } from './lane.ts';

/** What became of one hand-off: an attempt to record, or a claim to give back. */
export interface Outcome {
  readonly handoff: Handoff;
  readonly lane: Lane;
  readonly record: AttemptRecord | null;
  readonly health: HealthChange | null;
  readonly release: ClaimRelease | null;
  /** Of an ordered endpoint: its next delivery can be claimed once this is written. */
  readonly ordered: boolean;
}

export interface RecorderOptions {
  readonly storage: Pick<Storage, 'record'>;
  readonly clock: Clock;
  /** Called with each batch once it is committed; only then may its hand-offs be acknowledged. */
  readonly onCommitted: (outcomes: readonly Outcome[]) => void;
  /** Called with what can't be written at all: the storage is closed, or refused it for good. */
  readonly onLost: (outcomes: readonly Outcome[]) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Brings outcomes into the storage. It gathers while the storage is busy: what has come by the time
 * when the next commit leaves goes with that commit.
 *
 * What the storage can't take now is tried again until it can, in the order in which it came;
 * admission, which counts hand-offs until they are recorded, bounds what gathers meanwhile. An
 * outcome that the storage refuses for good must not stop the others: the batch is divided until
 * the outcome stands alone.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  #gathering: Outcome[] = [];
  /** A commit was asked for that has not left yet: it takes along what gathers. */
  #asked = false;
  #underWay = 0;
  /** The storage can't be written now. */
  #waiting = false;
  #waitMs = FIRST_WAIT_MS;
  #onSettled: (() => void)[] = [];

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  add(outcome: Outcome): void {
    this.#gathering.push(outcome);
    if (!this.#asked && !this.#waiting) this.#ask();
  }

  /** Resolves when nothing is left to write. */
  async settled(): Promise<void> {
    while (this.#underWay > 0 || this.#waiting || this.#gathering.length > 0) {
      await new Promise<void>((resolve) => this.#onSettled.push(resolve));
    }
  }

  #ask(): void {
    this.#asked = true;
    void this.#write(() => {
      this.#asked = false;
      const batch = this.#gathering.splice(0, RECORD_BATCH_ENTRIES);
      if (this.#gathering.length > 0) this.#ask();
      return batch;
    });
  }

  async #write(take: () => readonly Outcome[]): Promise<void> {
    let batch: readonly Outcome[] | null = null;
    this.#underWay++;
    try {
      await this.#options.storage.record(() => batchOf((batch ??= take())));
      this.#waitMs = FIRST_WAIT_MS;
      if (batch !== null) this.#options.onCommitted(batch);
    } catch (error) {
      await this.#failed(error, batch ?? take());
    }
    this.#underWay--;
    if (this.#underWay > 0 || this.#waiting) return;
    for (const resolve of this.#onSettled.splice(0)) resolve();
  }

  async #failed(error: unknown, batch: readonly Outcome[]): Promise<void> {
    const { code, retryable } = error instanceof PosthasteError ? error : DEFECT;
    if (code === 'stopping') return this.#options.onLost(batch);
    if (retryable) return this.#tryAgainLater(error, batch);
    if (batch.length <= 1) return this.#refused(error, batch);
    const half = Math.ceil(batch.length / 2);
    await this.#write(() => batch.slice(0, half));
    await this.#write(() => batch.slice(half));
  }

  #tryAgainLater(error: unknown, batch: readonly Outcome[]): void {
    this.#gathering = [...batch, ...this.#gathering];
    if (this.#waiting) return;
    this.#options.onError(error);
    this.#waiting = true;
    this.#options.clock.after(this.#waitMs, () => {
      this.#waiting = false;
      if (!this.#asked) this.#ask();
    });
    this.#waitMs = Math.min(this.#waitMs * 2, LONGEST_WAIT_MS);
  }

  /**
   * One outcome that can't be written. A shorter record of the attempt is worth a try: without any,
   * the delivery would be attempted again when its claim ends, and so for ever.
   */
  async #refused(error: unknown, batch: readonly Outcome[]): Promise<void> {
    const [outcome] = batch;
    if (outcome === undefined) return;
    this.#options.onError(error);
    const { record } = outcome;
    if (record === null || record.attempt.detail === UNRECORDED) {
      return this.#options.onLost(batch);
    }
    const attempt = { ...record.attempt, response: '', detail: UNRECORDED };
    await this.#write(() => [{ ...outcome, record: { ...record, attempt } }]);
  }
}

function batchOf(outcomes: readonly Outcome[]): RecordBatch {
  const records: AttemptRecord[] = [];
  const releases: ClaimRelease[] = [];
  const health = new Map<string, HealthChange>();
  for (const outcome of outcomes) {
    if (outcome.record) records.push(outcome.record);
    if (outcome.release) releases.push(outcome.release);
    if (outcome.health) health.set(outcome.health.endpointId, merged(health, outcome.health));
  }
  return { records, releases, health: [...health.values()] };
}

/** One change per endpoint and batch: an endpoint that is down fails many times in a batch. */
function merged(known: ReadonlyMap<string, HealthChange>, change: HealthChange): HealthChange {
  const before = known.get(change.endpointId);
  if (before === undefined) return change;
  const addFailed = (before.addFailed ?? 0) + (change.addFailed ?? 0);
  const disabled = before.disabled ?? change.disabled;
  return { ...before, ...change, addFailed, ...(disabled && { disabled }) };
}

const DEFECT = { code: 'internal', retryable: false } as const;
const UNRECORDED = 'the details of this attempt could not be stored; see the log';
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;
