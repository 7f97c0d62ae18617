import { expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { createLongWork } from './long-work.ts';

it('makes an organization rest for three times as long as its work took; rests of others overlap', () => {
  const clock = new ManualClock();
  const work = createLongWork(clock);
  const after = (organizationId: string, tookMs: number) => {
    const startedMs = clock.monotonicMs();
    clock.advance(tookMs);
    work.ended(organizationId, startedMs);
  };
  const resting = () => ['a', 'b', 'c'].filter((id) => work.rest(id) !== undefined);
  after('c', 9);
  expect(resting()).toEqual([]);
  after('a', 100);
  after('b', 50);
  expect(resting()).toEqual(['a', 'b']);
  clock.advance(249);
  expect(resting()).toEqual(['a', 'b']);
  clock.advance(1);
  expect(resting()).toEqual(['b']);
  clock.advance(50);
  expect(resting()).toEqual([]);
});

/** Work that takes `tookMs` each time. `begun`: the organizations whose work has begun, in order. */
function working(tookMs: number) {
  const clock = new ManualClock();
  const work = createLongWork(clock);
  const begun: string[] = [];
  const run = (organizationId: string) =>
    work.run(organizationId, () => {
      begun.push(organizationId);
      clock.advance(tookMs);
    });
  return { clock, begun, run };
}

it('begins work of an organization only after the rest for its earlier work', async () => {
  const { clock, begun, run } = working(10);
  const all = Promise.all([run('a'), run('a'), run('a'), run('b')]);
  await Promise.resolve();
  expect(begun).toEqual(['a', 'b']);
  clock.advance(30);
  await new Promise(setImmediate);
  expect(begun).toEqual(['a', 'b', 'a']);
  clock.advance(1_000);
  await all;
  expect(begun).toEqual(['a', 'b', 'a', 'a']);
});

it('yields the event loop after enough short work', async () => {
  const { begun, run } = working(4);
  const all = Promise.all(['a', 'a', 'a', 'a', 'a', 'b'].map(run));
  await Promise.resolve();
  expect(begun).toEqual(['a', 'a', 'a', 'b']);
  await all;
  expect(begun).toEqual(['a', 'a', 'a', 'b', 'a', 'a']);
});
