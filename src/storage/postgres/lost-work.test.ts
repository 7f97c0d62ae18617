import { expect, test } from 'vitest';
import { LostWork } from './lost-work.ts';

test('looks several times for work that was not found, with growing pauses, and then no more', () => {
  const lost = new LostWork<string>(10);
  lost.add(['a'], 1_000);
  const looksAt: number[] = [];
  while (lost.nextAt < Infinity) {
    const now = lost.nextAt;
    looksAt.push(now - 1_000);
    expect(lost.due(now - 1)).toEqual([]);
    expect(lost.due(now)).toEqual(['a']);
    lost.looked(['a'], now);
  }
  expect(looksAt).toEqual([0, 500, 1_500, 3_500, 7_500, 15_500]);
});

test('does not look for work that was found, and remembers a bounded number', () => {
  const lost = new LostWork<string>(2);
  lost.add(['a', 'b', 'c'], 0);
  expect(lost.due(0)).toEqual(['a', 'b']);
  lost.found(['a']);
  lost.looked(['a', 'b'], 0);
  expect(lost.due(500)).toEqual(['b']);
});

test('a failed look is repeated', () => {
  const lost = new LostWork<string>(1);
  lost.add(['a'], 0);
  expect(lost.due(0)).toEqual(['a']);
  expect(lost.due(3)).toEqual(['a']);
  expect(lost.nextAt).toBe(0);
});
