import { expect, test } from 'vitest';
import { makeLane } from '../../test/support/delivery-parts.ts';
import { makeHandoff } from '../../test/support/handoffs.ts';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { Attempt } from './attempt.ts';
import { SlowWatch } from './slow-watch.ts';
import type { Target } from './target.ts';

function watching(clock: ManualClock) {
  const slow: string[] = [];
  const watch = new SlowWatch(clock, 1_000, ({ handoff }) => slow.push(handoff.messageId));
  const begin = (messageId: string) => {
    const handoff = makeHandoff(messageId);
    const attempt = new Attempt(makeLane(), {} as Target, handoff, 0, clock.monotonicMs());
    watch.add(attempt);
    return attempt;
  };
  return { slow, watch, begin };
}

test('reports each slow attempt, with one timer', () => {
  const clock = new ManualClock();
  const { slow, watch, begin } = watching(clock);
  begin('m1');
  clock.advance(300);
  const quick = begin('m2');
  begin('m3');
  expect(clock.pending).toBe(1);
  clock.advance(600);
  watch.delete(quick);
  clock.advance(99);
  expect(slow).toEqual([]);
  clock.advance(1);
  expect(slow).toEqual(['m1']);
  clock.advance(300);
  expect(slow).toEqual(['m1', 'm3']);
  expect(clock.pending).toBe(0);
});

test('works again after it had nothing to watch', () => {
  const clock = new ManualClock();
  const { slow, watch, begin } = watching(clock);
  watch.delete(begin('m1'));
  clock.advance(5_000);
  begin('m2');
  clock.advance(1_000);
  expect(slow).toEqual(['m2']);
});

test('a stopped watch has no timer', () => {
  const clock = new ManualClock();
  const { watch, begin } = watching(clock);
  begin('m1');
  watch.stop();
  expect(clock.pending).toBe(0);
});
