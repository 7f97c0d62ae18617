import { AttemptTally } from '../domain/attempt-counts.ts';
import type { AttemptRecord, Rollup } from './storage.ts';

/** The hour in which an attempt was recorded. */
export const ROLLUP_MS = 60 * 60 * 1000;

/**
 * Adds up attempts by the hour, for each endpoint and application, until they are written.
 *
 * A rollup belongs to one counter, and holds all that it has counted for the subject in the hour. So
 * writing needs no reading, and what is written twice counts once. Another hour, or more than
 * `MOST_SUBJECTS`, begins anew as another writer, whatever the wall clock does.
 */
export class RollupCounter {
  readonly #newWriter: () => number;
  #writer = 0;
  #bucketAt = Number.NaN;
  #tallies = new Map<string, Tally>();
  /** Those that count something that is not written; some may be of hours before. */
  #unwritten = new Set<Tally>();

  /** `newWriter` gives whole numbers at random, so that no two counters have the same. */
  constructor(newWriter: () => number) {
    this.#newWriter = newWriter;
  }

  get hasUnwritten(): boolean {
    return this.#unwritten.size > 0;
  }

  add(records: readonly AttemptRecord[], now: number): void {
    const bucketAt = now - (now % ROLLUP_MS);
    if (bucketAt !== this.#bucketAt || this.#tallies.size > MOST_SUBJECTS) this.#begin(bucketAt);
    for (const { attempt, next } of records) {
      const tally = this.#ofEndpoint(attempt.endpointId, attempt.applicationId);
      tally.attempts.add(attempt, next);
      tally.application?.attempts.add(attempt, next);
      if (tally.isWritten) this.#willBeWritten(tally);
      if (tally.application?.isWritten === true) this.#willBeWritten(tally.application);
    }
  }

  /** All that is not written. Each part of it is to be given to `write`, which then takes it as written. */
  unwritten(): readonly Tally[] {
    return [...this.#unwritten];
  }

  /** When `write` fails, the tallies are written again, with what came meanwhile. */
  async write(
    tallies: readonly Tally[],
    write: (rollups: readonly Rollup[]) => Promise<void>,
  ): Promise<void> {
    const rollups = tallies.map(rollupOf);
    for (const tally of tallies) tally.isWritten = true;
    try {
      await write(rollups);
    } catch (error) {
      for (const tally of tallies) tally.isWritten = false;
      throw error;
    }
    // Until now: whoever reads meanwhile must find the tally here or what was written.
    for (const tally of tallies) if (tally.isWritten) this.#unwritten.delete(tally);
  }

  /** What this counter knows of a subject, written or not. */
  of(subjectId: string): readonly Rollup[] {
    const known = new Set([...this.#unwritten].filter((tally) => tally.subjectId === subjectId));
    const current = this.#tallies.get(subjectId);
    if (current !== undefined) known.add(current);
    return [...known].map(rollupOf);
  }

  #begin(bucketAt: number): void {
    this.#bucketAt = bucketAt;
    this.#writer = this.#newWriter();
    this.#tallies = new Map();
  }

  #ofEndpoint(endpointId: string, applicationId: string): Tally {
    const known = this.#tallies.get(endpointId);
    if (known !== undefined) return known;
    const application = this.#tallies.get(applicationId) ?? this.#create(applicationId, null);
    return this.#create(endpointId, application);
  }

  #create(subjectId: string, application: Tally | null): Tally {
    const tally = {
      bucketAt: this.#bucketAt,
      subjectId,
      writer: this.#writer,
      application,
      attempts: new AttemptTally(),
      isWritten: true,
    };
    this.#tallies.set(subjectId, tally);
    return tally;
  }

  #willBeWritten(tally: Tally): void {
    tally.isWritten = false;
    this.#unwritten.add(tally);
  }
}

export interface Tally extends Pick<Rollup, 'bucketAt' | 'subjectId' | 'writer'> {
  /** Null: it is one. */
  readonly application: Tally | null;
  readonly attempts: AttemptTally;
  isWritten: boolean;
}

function rollupOf({ bucketAt, subjectId, writer, attempts }: Tally): Rollup {
  return { bucketAt, subjectId, writer, counts: attempts.sums() };
}

/** A kilobyte each. */
const MOST_SUBJECTS = 20_000;
