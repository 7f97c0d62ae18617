import { firstId } from './ids.ts';

/** Ids of messages (by their creation), attempts (by their start) and audit entries. */
export type DatedPrefix = 'msg' | 'atmpt' | 'audit';

/**
 * An id below those of everything that happened at or after the instant. An id begins with the second in which
 * it was made, or with a later one after the clock was set back.
 */
export function idBelow(prefix: DatedPrefix, instant: number): string {
  return firstId(prefix, instant - MARGINS[prefix].earlyMs);
}

/** An id above those of everything that happened before the instant, unless the clock was set back by more than an hour. */
export function idAbove(prefix: DatedPrefix, instant: number): string {
  return firstId(prefix, instant + MARGINS[prefix].lateMs + SECOND_MS);
}

/** An id above those that were made up to the instant. */
export function idAfter(prefix: DatedPrefix, instant: number): string {
  return firstId(prefix, instant + SECOND_MS);
}

const SECOND_MS = 1_000;
const MAX_SET_BACK_MS = 3_600_000;
/** Twice the longest deadline of 120 s, because an overloaded process may be late. */
const MAX_ATTEMPT_MS = 240_000;
/** The clock is read twice, for the id and for the instant, and may tick in between. */
const MADE_AT_ONCE = { earlyMs: SECOND_MS, lateMs: MAX_SET_BACK_MS };
/** How much earlier and later than the instant an id can be. */
const MARGINS = {
  msg: MADE_AT_ONCE,
  audit: MADE_AT_ONCE,
  // An attempt gets its id when it ends, and the clock may be set back meanwhile.
  atmpt: { earlyMs: MAX_SET_BACK_MS, lateMs: MAX_SET_BACK_MS + MAX_ATTEMPT_MS },
} as const;
