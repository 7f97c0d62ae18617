import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createIds } from '../../domain/ids.ts';
import { attemptIds, messageIds, within } from './id-range.ts';
import type { IdRange } from './id-range.ts';

const HOUR_MS = 3_600_000;
const instants = fc.integer({ min: Date.UTC(2020), max: Date.UTC(2040) });
const setBacks = fc.integer({ min: 0, max: HOUR_MS });

/** An id made at `at` by a process that has seen its clock `aheadMs` later. */
function idAt(prefix: 'msg' | 'atmpt', at: number, aheadMs: number): string {
  const clock = { at: at + aheadMs, now: () => clock.at };
  const ids = createIds(clock);
  ids.next(prefix);
  clock.at = at;
  return ids.next(prefix);
}

const holds = ({ from, to }: IdRange, id: string) =>
  (from === null || id > from) && (to === null || id < to);

it('contains every matching message, also of a process whose clock was set back by an hour', () => {
  fc.assert(
    fc.property(instants, setBacks, (createdAt, aheadMs) => {
      const id = idAt('msg', createdAt, aheadMs);
      expect(holds(messageIds({ createdAfter: createdAt - 1 }), id)).toBe(true);
      expect(holds(messageIds({ createdBefore: createdAt + 1 }), id)).toBe(true);
    }),
  );
});

it('contains every matching attempt, also when the clock was set back during the attempt', () => {
  const durations = fc.integer({ min: 0, max: 125_000 });
  fc.assert(
    fc.property(instants, durations, setBacks, (startedAt, durationMs, setBackMs) => {
      for (const id of [
        idAt('atmpt', startedAt + durationMs, setBackMs),
        idAt('atmpt', startedAt + durationMs - setBackMs, 0),
      ]) {
        expect(holds(attemptIds({ startedAfter: startedAt - 1 }), id)).toBe(true);
        expect(holds(attemptIds({ startedBefore: startedAt + 1 }), id)).toBe(true);
      }
    }),
  );
});

it('excludes ids that are farther away', () => {
  const now = Date.UTC(2030);
  expect(holds(messageIds({ createdAfter: now }), idAt('msg', now - 3_000, 0))).toBe(false);
  expect(holds(messageIds({ createdBefore: now }), idAt('msg', now + HOUR_MS + 3_000, 0))).toBe(
    false,
  );
});

it('accepts any instant', () => {
  for (const at of [0, -1e15, 1e16]) {
    expect(messageIds({ createdAfter: at }).from).toMatch(/^msg_\w{27}$/);
    expect(attemptIds({ startedBefore: at }).to).toMatch(/^atmpt_\w{27}$/);
  }
});

it('cuts a slice on both sides, unless the page begins in the range', () => {
  const range = { from: 'c', to: 'm' };
  const slice = { limit: 3, end: null } as const;
  const ascending = (after: string | null) =>
    within(
      { ...slice, direction: 'asc', bound: after === null ? null : { compare: '>', id: after } },
      range,
    );
  expect(ascending(null)).toMatchObject({ bound: { compare: '>', id: 'c' }, end: 'm' });
  expect(ascending('a')).toMatchObject({ bound: { compare: '>', id: 'c' }, end: 'm' });
  expect(ascending('d')).toMatchObject({ bound: { compare: '>', id: 'd' }, end: 'm' });
  const descending = within({ ...slice, direction: 'desc', bound: null }, range);
  expect(descending).toMatchObject({ bound: { compare: '<', id: 'm' }, end: 'c' });
});
