import { outcomeOf } from './attempt-outcome.ts';
import type { Attempt } from './attempt.ts';
import type { DeliveryNext } from './delivery.ts';

/**
 * What attempts add up to. The names are, of each attempt, one of each kind:
 *
 * - its outcome: `delivered`, `failed`, `exhausted`; none when it was cancelled
 * - its result: `s` and the status code, or why there is none that counts, such as `timeout`
 * - its duration: `d` and the number of a duration class
 *
 * So two counts are added name by name, whoever made them.
 */
export type AttemptSums = Readonly<Record<string, number>>;

/** Adds attempts up. `add` runs for every attempt: counting by names would cost several times as much. */
export class AttemptTally {
  readonly #outcomes = { delivered: 0, failed: 0, exhausted: 0, cancelled: 0 };
  readonly #results = new Map<number | string, number>();
  readonly #durations = new Uint32Array(DURATION_CLASSES);

  add({ failure, statusCode, durationMs }: Attempt, next: DeliveryNext): void {
    this.#outcomes[outcomeOf(next)]++;
    const result = failure === null || failure === 'status' ? (statusCode ?? 0) : failure;
    this.#results.set(result, (this.#results.get(result) ?? 0) + 1);
    const duration = Math.min(durationClass(durationMs), DURATION_CLASSES - 1);
    this.#durations[duration] = (this.#durations[duration] ?? 0) + 1;
  }

  sums(): AttemptSums {
    const { delivered, failed, exhausted } = this.#outcomes;
    const sums: Record<string, number> = { delivered, failed, exhausted };
    for (const [result, count] of this.#results) {
      sums[typeof result === 'number' ? `s${result}` : result] = count;
    }
    for (const [duration, count] of this.#durations.entries()) {
      if (count > 0) sums[`d${duration}`] = count;
    }
    return sums;
  }
}

/** Counts in the form in which they are shown. */
export interface AttemptSummary {
  readonly delivered: number;
  readonly failed: number;
  readonly exhausted: number;
  readonly results: Readonly<Record<string, number>>;
  /** How many attempts were of each duration class; only classes that have some. */
  readonly durations: ReadonlyMap<number, number>;
}

export function summaryOf(counts: readonly AttemptSums[]): AttemptSummary {
  const outcomes = { delivered: 0, failed: 0, exhausted: 0 };
  const results: Record<string, number> = {};
  const durations = new Map<number, number>();
  for (const [name, count] of counts.flatMap((each) => Object.entries(each))) {
    const [, duration] = DURATION.exec(name) ?? [];
    if (duration !== undefined) {
      durations.set(Number(duration), (durations.get(Number(duration)) ?? 0) + count);
    } else if (name === 'delivered' || name === 'failed' || name === 'exhausted') {
      outcomes[name] += count;
    } else if (count > 0) {
      const result = STATUS.exec(name)?.[1] ?? name;
      results[result] = (results[result] ?? 0) + count;
    }
  }
  return { ...outcomes, results, durations };
}

/** The duration that `part` of the attempts did not exceed, ± 5 %; null: there are none. */
export function durationAt({ durations }: AttemptSummary, part: number): number | null {
  const classes = [...durations].toSorted(([one], [other]) => one - other);
  const total = classes.reduce((sum, [, count]) => sum + count, 0);
  let left = Math.max(1, Math.ceil(total * part));
  for (const [number, count] of classes) {
    left -= count;
    if (left <= 0 && total > 0) return durationOfClass(number);
  }
  return null;
}

/** Class 0 ends at 1 ms, each further one a tenth later. The longest deadline is in class 123. */
function durationClass(durationMs: number): number {
  return durationMs <= 1 ? 0 : Math.ceil(Math.log(durationMs) / LOG_STEP);
}

/** The middle of the class. */
function durationOfClass(number: number): number {
  return number === 0 ? 1 : Math.round(STEP ** (number - 0.5));
}

const STEP = 1.1;
const DURATION_CLASSES = 128;
const LOG_STEP = Math.log(STEP);
const DURATION = /^d(\d+)$/;
const STATUS = /^s(\d+)$/;
