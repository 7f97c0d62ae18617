import { countedNames } from '../domain/attempt-counts.ts';
import type { AttemptRecord } from './storage.ts';

/** Attempts that one writer recorded in one hour. */
export interface Rollup {
  readonly bucketAt: number;
  /** An endpoint or an application; `LOG`: one batch, of several. */
  readonly subjectId: string;
  readonly writer: number;
  /** JSON: `AttemptSums`, or in a row of the log an object with the counts of each subject. */
  readonly counts: string;
}

/** Rows of the log that other rows include now. */
export interface FoldedLog {
  readonly bucketAt: number;
  /** Those of writers above the first and up to the second. */
  readonly above: number;
  readonly upTo: number;
}

export interface AddedRollups {
  /** To be written with the attempts, each over the row with its key. */
  readonly rows: readonly Rollup[];
  /** To be deleted in the same transaction. */
  readonly folded: readonly FoldedLog[];
  /** Rollups of before this instant are expired, and at most so many of them are to be deleted. */
  readonly expiredBefore: number;
  readonly expiredLimit: number;
  /** The call failed: the attempts count no longer. */
  lost(): void;
}

/** The hour in which an attempt was recorded. */
export const ROLLUP_MS = 60 * 60 * 1000;
/** Older rollups are deleted with newer ones, a few at a time. */
export const ROLLUP_LIFETIME_MS = 90 * 24 * 60 * 60 * 1000;
/** The subject of rows that hold one batch each. */
export const LOG = '';

type Counts = Record<string, number>;

/**
 * Adds up attempts for as long as an hour lasts, and gives the sums to be stored with each batch.
 *
 * Most batches are one row of a log, because a row for each endpoint of each batch would cost a
 * delivery a third of what it costs without. After `LOG_ROWS` batches the log is folded: each endpoint
 * and application gets a row with its sum so far, and the rows of the log are deleted. Whoever reads
 * adds both.
 *
 * A row is written by one counter only, and never added to in the database. So writing needs no
 * reading, a batch that is run twice counts once, and one whose commit is unknown is put right by a
 * fold, which is over all that was written before. Another hour, or more than `MOST_SUBJECTS`, begins
 * anew as another writer, whatever the wall clock does.
 */
export class RollupCounter {
  readonly #newWriter: () => number;
  /** Its rows of the log have the numbers behind it. */
  #writer = 0;
  #bucketAt = Number.NaN;
  #subjects = new Map<string, Counts>();
  /** Subjects that the log has something of. */
  #unfolded = new Set<string>();
  #logRows = 0;
  #mustFold = false;

  /** `newWriter` gives whole numbers below 2³¹ at random. */
  constructor(newWriter: () => number) {
    this.#newWriter = newWriter;
  }

  add(records: readonly AttemptRecord[], now: number): AddedRollups {
    if (records.length === 0) return NOTHING;
    const bucketAt = now - (now % ROLLUP_MS);
    const rows: Rollup[] = [];
    const folded: FoldedLog[] = [];
    const begins = bucketAt !== this.#bucketAt || this.#subjects.size > MOST_SUBJECTS;
    if (begins) {
      this.#fold(rows, folded);
      this.#begin(bucketAt);
    }
    const batch = this.#count(records);
    for (const subjectId of batch.keys()) this.#unfolded.add(subjectId);
    const unfolded = this.#unfolded;
    const isFull = this.#logRows >= LOG_ROWS || this.#unfolded.size > MOST_UNFOLDED;
    if (isFull || this.#mustFold) this.#fold(rows, folded);
    else rows.push(this.#logRow(batch));
    return {
      rows,
      folded,
      expiredBefore: bucketAt - ROLLUP_LIFETIME_MS,
      expiredLimit:
        begins || folded.length > 0 ? EXPIRED_AT_LEAST + rows.length * EXPIRED_PER_ROW : 0,
      lost: () => this.#lost(batch, unfolded),
    };
  }

  #begin(bucketAt: number): void {
    this.#bucketAt = bucketAt;
    this.#writer = this.#newWriter() * (2 * LOG_ROWS);
    this.#subjects = new Map();
    this.#mustFold = false;
  }

  /** Answers what the batch alone adds. */
  #count(records: readonly AttemptRecord[]): Map<string, Counts> {
    const batch = new Map<string, Counts>();
    const applications = new Map<string, Counts>();
    for (const { attempt, next } of records) {
      const { endpointId, applicationId } = attempt;
      let counts = batch.get(endpointId);
      if (counts === undefined) batch.set(endpointId, (counts = {}));
      let sums = applications.get(applicationId);
      if (sums === undefined) applications.set(applicationId, (sums = {}));
      for (const name of countedNames(attempt, next)) {
        counts[name] = (counts[name] ?? 0) + 1;
        sums[name] = (sums[name] ?? 0) + 1;
      }
    }
    for (const [applicationId, counts] of applications) batch.set(applicationId, counts);
    for (const [subjectId, counts] of batch) addTo(this.#countsOf(subjectId), counts, 1);
    return batch;
  }

  #countsOf(subjectId: string): Counts {
    const known = this.#subjects.get(subjectId);
    if (known !== undefined) return known;
    const counts: Counts = {};
    this.#subjects.set(subjectId, counts);
    return counts;
  }

  #logRow(batch: ReadonlyMap<string, Counts>): Rollup {
    const counts = JSON.stringify(Object.fromEntries(batch));
    const writer = this.#writer + ++this.#logRows;
    return { bucketAt: this.#bucketAt, subjectId: LOG, writer, counts };
  }

  #fold(rows: Rollup[], folded: FoldedLog[]): void {
    const bucketAt = this.#bucketAt;
    const writer = this.#writer;
    for (const subjectId of this.#unfolded) {
      const counts = JSON.stringify(this.#subjects.get(subjectId) ?? {});
      rows.push({ bucketAt, subjectId, writer, counts });
    }
    if (this.#unfolded.size > 0) folded.push({ bucketAt, above: writer, upTo: writer + LOG_ROWS });
    this.#unfolded = new Set();
    this.#logRows = 0;
    this.#mustFold = false;
  }

  /** The next batch folds what this one was to fold, and what it may have logged. */
  #lost(batch: ReadonlyMap<string, Counts>, unfolded: ReadonlySet<string>): void {
    for (const [subjectId, counts] of batch) {
      const sums = this.#subjects.get(subjectId);
      if (sums === undefined) continue;
      addTo(sums, counts, -1);
    }
    for (const subjectId of unfolded) {
      if (this.#subjects.has(subjectId)) this.#unfolded.add(subjectId);
    }
    this.#mustFold = true;
  }
}

function addTo(sums: Counts, counts: Counts, sign: 1 | -1): void {
  for (const name in counts) sums[name] = (sums[name] ?? 0) + sign * (counts[name] ?? 0);
}

const LOG_ROWS = 64;
/** A fold is kept to some milliseconds. */
const MOST_UNFOLDED = 1_000;
const MOST_SUBJECTS = 50_000;
/** More than one for each new row, so that the table shrinks; few, so that a batch stays short. */
const EXPIRED_PER_ROW = 2;
const EXPIRED_AT_LEAST = 100;
const NOTHING: AddedRollups = {
  rows: [],
  folded: [],
  expiredBefore: 0,
  expiredLimit: 0,
  lost() {},
};
