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
  mergeHealth,
} from '../storage/storage.ts';
import type { Lane } from './lane.ts';

/** The end of one hand-off: an attempt to record, or a claim to release. */
export interface Outcome {
  readonly handoff: Handoff;
  readonly lane: Lane;
  readonly record: AttemptRecord | null;
  readonly health: HealthChange | null;
  readonly release: ClaimRelease | null;
  /** The endpoint is ordered: its next delivery can be claimed once this outcome is stored. */
  readonly ordered: boolean;
}

export interface RecorderOptions {
  readonly storage: Pick<Storage, 'record' | 'owner'>;
  readonly clock: Clock;
  /** Called with each batch after its commit, and the endpoints that it disabled. */
  readonly onCommitted: (outcomes: readonly Outcome[], disabled: readonly string[]) => void;
  /** Called with outcomes that can't be written: the storage is closed, or rejected them for good. */
  readonly onLost: (outcomes: readonly Outcome[]) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Writes outcomes to the storage. It gathers them while the storage is busy: those that have arrived
 * when the next commit begins are part of that commit.
 *
 * When the storage is unavailable, the recorder tries again until it is back, in the order of
 * arrival. Admission counts hand-offs until they are recorded and so bounds what gathers meanwhile.
 * An outcome that the storage rejects for good must not stop the others: the batch is halved until
 * the outcome is alone.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  #gathering: Outcome[] = [];
  /** A commit was requested and has not begun: it will take the outcomes gathered by then. */
  #asked = false;
  #underWay = 0;
  /** The batches of the commits under way. */
  readonly #taken = new Set<readonly Outcome[]>();
  /** The storage is unavailable; a timer will try again. */
  #waiting = false;
  #waitMs = FIRST_WAIT_MS;
  #onSettled: (() => void)[] = [];

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  add(outcome: Outcome): void {
    this.#gathering.push(outcome);
    if (!this.#asked && !this.#waiting) void this.#ask();
  }

  /**
   * The claim of an attempt that is not recorded yet has ended, or is about to: the storage was unavailable, the
   * wall clock was set forward, or the process was away. A claim made now could return deliveries that were attempted
   * already.
   */
  get isBehind(): boolean {
    const { storage, clock } = this.#options;
    const soon = clock.scheduleNow() + CLOCKS_DIFFER_MS;
    const isEnding = ({ record, handoff: { claim } }: Outcome) =>
      record !== null && (claim.until <= soon || claim.owner !== storage.owner);
    if (this.#gathering.some(isEnding)) return true;
    for (const batch of this.#taken) if (batch.some(isEnding)) return true;
    return false;
  }

  /** Resolves when nothing is left to write. */
  async settled(): Promise<void> {
    while (this.#underWay > 0 || this.#waiting || this.#gathering.length > 0) {
      await new Promise<void>((resolve) => this.#onSettled.push(resolve));
    }
  }

  async #ask(): Promise<void> {
    this.#asked = true;
    await this.#write(() => {
      this.#asked = false;
      const batch = this.#gathering.splice(0, RECORD_BATCH_ENTRIES);
      if (this.#gathering.length > 0 && !this.#waiting) void this.#ask();
      return batch;
    });
  }

  async #write(take: () => readonly Outcome[]): Promise<void> {
    let batch: readonly Outcome[] | null = null;
    const taken = () => {
      if (batch === null) this.#taken.add((batch = take()));
      return batch;
    };
    this.#underWay++;
    try {
      const { disabled } = await this.#options.storage.record(() => batchOf(taken()));
      this.#waitMs = FIRST_WAIT_MS;
      if (batch !== null) this.#options.onCommitted(batch, disabled);
    } catch (error) {
      await this.#failed(error, taken());
    }
    this.#underWay--;
    if (batch !== null) this.#taken.delete(batch);
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
      if (!this.#asked) void this.#ask();
    });
    this.#waitMs = Math.min(this.#waitMs * 2, LONGEST_WAIT_MS);
  }

  /**
   * One outcome can't be written. Try a shorter record of the attempt: without any record, the delivery
   * would be attempted again each time its claim ends, for ever.
   */
  async #refused(error: unknown, batch: readonly Outcome[]): Promise<void> {
    const [outcome] = batch;
    if (outcome === undefined) return;
    this.#options.onError(error);
    const { record } = outcome;
    if (record === null || record.attempt.detail === UNRECORDED) {
      return this.#options.onLost(batch);
    }
    const attempt = { ...record.attempt, response: '', exchange: null, detail: UNRECORDED };
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
    if (outcome.health) {
      const { endpointId } = outcome.health;
      // Merged into one change per endpoint: an endpoint that is down fails many times in a batch.
      health.set(endpointId, mergeHealth(health.get(endpointId), outcome.health));
    }
  }
  return { records, releases, health: [...health.values()] };
}

const DEFECT = { code: 'internal', retryable: false } as const;
const UNRECORDED = 'the details of this attempt could not be stored; see the log';
/** The clock by which the storage ends claims may be so far from that of this process. */
const CLOCKS_DIFFER_MS = 1_000;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 1_000;
