import { type AttemptOutcome, outcomeOf } from './attempt-outcome.ts';
import type { Attempt } from './attempt.ts';
import type { DeliveryNext, Handoff } from './delivery.ts';

/**
 * Counters for attempts and accepted messages, by name. An attempt adds one to a counter of each kind:
 *
 * - its outcome: `delivered`, `failed`, `exhausted`, `cancelled`
 * - its result: `s` and the status code, or the kind of failure, such as `timeout`
 * - its duration: `d` and the number of a time class
 * - for the attempt that delivered, unless a person asked for it: `a` and the time class of its arrival, the time
 *   since the delivery was due
 * - for an application: `+` (success), `-` (failure) or `~` (cancelled) and the event type
 *
 * `accepted` counts messages. Two sets of counters are added name by name, whichever process counted them.
 */
export type AttemptSums = Readonly<Record<string, number>>;

/** The values of one attempt that all of its tallies count. */
export interface CountedAttempt {
  readonly endpointId: string;
  readonly applicationId: string;
  /** Undefined when not known. */
  readonly organizationId: string | undefined;
  readonly outcome: AttemptOutcome;
  /** The status code, or the kind of failure. */
  readonly result: number | string;
  readonly duration: number;
  /** -1: the attempt did not deliver, or the time when the delivery was first due is not known. */
  readonly arrival: number;
  readonly eventType: string | undefined;
}

export function countedAttempt(
  { endpointId, applicationId, failure, statusCode, durationMs, startedAt, trigger }: Attempt,
  next: DeliveryNext,
  { owedSince, eventType }: Pick<Handoff, 'owedSince' | 'eventType'>,
  organizationId?: string,
): CountedAttempt {
  const arrives = next.state === 'delivered' && trigger === 'scheduled' && owedSince !== undefined;
  return {
    endpointId,
    applicationId,
    organizationId,
    outcome: outcomeOf(next),
    result: failure === null || failure === 'status' ? (statusCode ?? 0) : failure,
    duration: Math.min(timeClass(durationMs), DURATION_CLASSES - 1),
    // Not negative: the clocks of two processes may differ.
    arrival: arrives
      ? Math.min(timeClass(startedAt + durationMs - owedSince), ARRIVAL_CLASSES - 1)
      : -1,
    eventType,
  };
}

/** Counts attempts, in arrays: `add` runs for every attempt, and counting by name would cost several times as much. */
export class AttemptTally {
  #delivered = 0;
  #failed = 0;
  #exhausted = 0;
  #cancelled = 0;
  #accepted = 0;
  #results: Counts<number | string> = NONE;
  #durations: Counts<number> = NONE;
  #arrivals: Counts<number> = NONE;
  /** Null while no event type was counted; only tallies of applications count them. */
  #eventTypes: Map<string, EventTypeCounts> | null = null;

  accept(): void {
    this.#accepted++;
  }

  add({ outcome, result, duration, arrival }: CountedAttempt): void {
    if (outcome === 'delivered') this.#delivered++;
    else if (outcome === 'failed') this.#failed++;
    else if (outcome === 'exhausted') this.#exhausted++;
    else this.#cancelled++;
    this.#results = withOneMore(this.#results, result);
    this.#durations = withOneMore(this.#durations, duration);
    if (arrival >= 0) this.#arrivals = withOneMore(this.#arrivals, arrival);
  }

  /** Only the first `MOST_EVENT_TYPES` event types have a count of their own; others are not counted. */
  addEventType({ outcome, eventType }: CountedAttempt): void {
    if (eventType === undefined) return;
    this.#eventTypes ??= new Map();
    let counts = this.#eventTypes.get(eventType);
    if (counts === undefined) {
      if (this.#eventTypes.size >= MOST_EVENT_TYPES) return;
      this.#eventTypes.set(eventType, (counts = { succeeded: 0, failed: 0, cancelled: 0 }));
    }
    counts[OF_EVENT_TYPE[outcome]]++;
  }

  sums(): AttemptSums {
    const sums: Record<string, number> = {
      delivered: this.#delivered,
      failed: this.#failed,
      exhausted: this.#exhausted,
    };
    if (this.#cancelled > 0) sums['cancelled'] = this.#cancelled;
    if (this.#accepted > 0) sums['accepted'] = this.#accepted;
    for (const [result, count] of pairsOf(this.#results)) {
      sums[typeof result === 'number' ? `s${result}` : result] = count;
    }
    for (const [number, count] of pairsOf(this.#durations)) sums[`d${number}`] = count;
    for (const [number, count] of pairsOf(this.#arrivals)) sums[`a${number}`] = count;
    for (const [eventType, counts] of this.#eventTypes ?? []) {
      if (counts.succeeded > 0) sums[`+${eventType}`] = counts.succeeded;
      if (counts.failed > 0) sums[`-${eventType}`] = counts.failed;
      if (counts.cancelled > 0) sums[`~${eventType}`] = counts.cancelled;
    }
    return sums;
  }
}

/** Attempts of messages of one event type. */
export interface EventTypeCounts {
  succeeded: number;
  failed: number;
  cancelled: number;
}

const OF_EVENT_TYPE = {
  delivered: 'succeeded',
  failed: 'failed',
  exhausted: 'failed',
  cancelled: 'cancelled',
} as const satisfies Record<AttemptOutcome, keyof EventTypeCounts>;

/**
 * The count of each key as one array, `[key, count, key, count, …]`. There are thousands of tallies, most with few
 * keys, and a Map with one key takes three times the memory. `withOneMore` returns the array that replaces this one.
 */
type Counts<Key extends number | string> = (Key | number)[];

const NONE: Counts<never> = [];

function withOneMore<Key extends number | string>(counts: Counts<Key>, key: Key): Counts<Key> {
  for (let at = 0; at < counts.length; at += 2) {
    if (counts[at] !== key) continue;
    const count = (counts[at + 1] as number) + 1;
    if (at === 0) {
      counts[1] = count;
    } else {
      // Moves the pair one place to the front, so that frequent keys are found first.
      counts[at] = counts[at - 2] as Key;
      counts[at + 1] = counts[at - 1] as number;
      counts[at - 2] = key;
      counts[at - 1] = count;
    }
    return counts;
  }
  // Not `push`, which would reserve memory for sixteen more entries.
  return counts.concat(key, 1);
}

function* pairsOf<Key extends number | string>(counts: Counts<Key>): Iterable<[Key, number]> {
  for (let at = 0; at < counts.length; at += 2) {
    yield [counts[at] as Key, counts[at + 1] as number];
  }
}

/** The counts of a period in the form for showing. */
export interface AttemptSummary {
  readonly accepted: number;
  readonly delivered: number;
  readonly failed: number;
  readonly exhausted: number;
  readonly cancelled: number;
  readonly results: Readonly<Record<string, number>>;
  /** Numbers of attempts by time class; only non-empty classes. */
  readonly durations: ReadonlyMap<number, number>;
  readonly arrivals: ReadonlyMap<number, number>;
  readonly eventTypes: ReadonlyMap<string, Readonly<EventTypeCounts>>;
}

export function summaryOf(counts: readonly AttemptSums[]): AttemptSummary {
  const totals = { accepted: 0, delivered: 0, failed: 0, exhausted: 0, cancelled: 0 };
  const results: Record<string, number> = {};
  const durations = new Map<number, number>();
  const arrivals = new Map<number, number>();
  const eventTypes = new Map<string, EventTypeCounts>();
  for (const [name, count] of counts.flatMap((each) => Object.entries(each))) {
    const [, kind, number] = CLASS.exec(name) ?? [];
    if (number !== undefined) {
      const classes = kind === 'd' ? durations : arrivals;
      classes.set(Number(number), (classes.get(Number(number)) ?? 0) + count);
      continue;
    }
    const ofEventType = SIGNS.get(name.charAt(0));
    if (ofEventType !== undefined) {
      const eventType = name.slice(1);
      const known = eventTypes.get(eventType) ?? { succeeded: 0, failed: 0, cancelled: 0 };
      known[ofEventType] += count;
      eventTypes.set(eventType, known);
    } else if (isIn(totals, name)) {
      totals[name] += count;
    } else if (count > 0) {
      const result = STATUS.exec(name)?.[1] ?? name;
      results[result] = (results[result] ?? 0) + count;
    }
  }
  return { ...totals, results, durations, arrivals, eventTypes };
}

function isIn<T extends object>(totals: T, name: string): name is keyof T & string {
  return Object.hasOwn(totals, name);
}

const SIGNS: ReadonlyMap<string, keyof EventTypeCounts> = new Map([
  ['+', 'succeeded'],
  ['-', 'failed'],
  ['~', 'cancelled'],
]);

/** The percentile: the time that `part` of the counted values did not exceed, ± 5 %; null without values. */
export function timeAt(counts: ReadonlyMap<number, number>, part: number): number | null {
  const classes = [...counts].toSorted(([one], [other]) => one - other);
  const total = classes.reduce((sum, [, count]) => sum + count, 0);
  let left = Math.max(1, Math.ceil(total * part));
  for (const [number, count] of classes) {
    left -= count;
    if (left <= 0 && total > 0) return timeOfClass(number);
  }
  return null;
}

/** Class 0 ends at 1 ms; each further class ends 10 % later. */
function timeClass(ms: number): number {
  return ms <= 1 ? 0 : Math.ceil(Math.log(ms) / LOG_STEP);
}

/** The middle of the class. */
function timeOfClass(number: number): number {
  return number === 0 ? 1 : Math.round(STEP ** (number - 0.5));
}

const STEP = 1.1;
/** Enough classes for the longest deadline, which is in class 123. */
const DURATION_CLASSES = 128;
/** Enough classes for a year, which is in class 254. */
const ARRIVAL_CLASSES = 256;
const LOG_STEP = Math.log(STEP);
const CLASS = /^([da])(\d+)$/;
const STATUS = /^s(\d+)$/;
const MOST_EVENT_TYPES = 100;
