import { countedNames } from '../domain/attempt-counts.ts';
import type { AttemptRecord } from './storage.ts';

/** Attempts of one subject (an endpoint or an application) that one writer recorded in one hour. */
export interface Rollup {
  readonly bucketAt: number;
  readonly subjectId: string;
  readonly writer: number;
  /** `AttemptCounts` as JSON: all that the writer has counted so far, not what came since. */
  readonly counts: string;
}

export interface AddedRollups {
  /** To be written with the attempts, each over what its writer wrote before. */
  readonly rows: readonly Rollup[];
  /** Rollups of before this instant are expired, and at most so many of them are to be deleted. */
  readonly expiredBefore: number;
  readonly expiredLimit: number;
  /** The attempts were not stored: they count no longer. */
  lost(): void;
}

/** The hour in which an attempt was recorded. */
export const ROLLUP_MS = 60 * 60 * 1000;
/** Older rollups are deleted with newer ones, a few at a time. */
export const ROLLUP_LIFETIME_MS = 90 * 24 * 60 * 60 * 1000;
/** For each new row at most so many expired ones are deleted, so that a batch stays short. */
const EXPIRED_PER_NEW = 2;

type Counts = Record<string, number>;

/**
 * Adds up attempts for as long as an hour lasts, and gives the sums to be stored with each batch.
 *
 * A row is written by one counter only, and holds its sum so far. So writing needs no reading and no
 * adding in the database, a batch that is run twice counts once, and one that was not stored is taken
 * off again. Another hour, or more than `MOST_SUBJECTS`, begins anew as another writer, whatever the
 * wall clock does; whoever reads adds the rows of all writers.
 */
export class RollupCounter {
  readonly #newWriter: () => number;
  #writer = 0;
  #bucketAt = Number.NaN;
  #subjects = new Map<string, Counts>();

  constructor(newWriter: () => number) {
    this.#newWriter = newWriter;
  }

  add(records: readonly AttemptRecord[], now: number): AddedRollups {
    if (records.length === 0) return NOTHING;
    const bucketAt = now - (now % ROLLUP_MS);
    if (bucketAt !== this.#bucketAt || this.#subjects.size > MOST_SUBJECTS) this.#begin(bucketAt);
    const known = this.#subjects.size;
    const changed = new Map<string, Counts>();
    const added: { readonly counts: Counts; readonly names: readonly string[] }[] = [];
    for (const { attempt, next } of records) {
      const names = countedNames(attempt, next);
      for (const subjectId of [attempt.endpointId, attempt.applicationId]) {
        const counts = this.#of(subjectId);
        for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
        changed.set(subjectId, counts);
        added.push({ counts, names });
      }
    }
    return {
      rows: Array.from(changed, ([subjectId, counts]) => ({
        bucketAt,
        subjectId,
        writer: this.#writer,
        counts: JSON.stringify(counts),
      })),
      expiredBefore: bucketAt - ROLLUP_LIFETIME_MS,
      expiredLimit: (this.#subjects.size - known) * EXPIRED_PER_NEW,
      lost() {
        for (const { counts, names } of added) {
          for (const name of names) counts[name] = (counts[name] ?? 0) - 1;
        }
      },
    };
  }

  #begin(bucketAt: number): void {
    this.#bucketAt = bucketAt;
    this.#writer = this.#newWriter();
    this.#subjects = new Map();
  }

  #of(subjectId: string): Counts {
    const known = this.#subjects.get(subjectId);
    if (known !== undefined) return known;
    const counts: Counts = {};
    this.#subjects.set(subjectId, counts);
    return counts;
  }
}

const MOST_SUBJECTS = 50_000;
const NOTHING: AddedRollups = { rows: [], expiredBefore: 0, expiredLimit: 0, lost() {} };
