import { expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { createLongWork } from './long-work.ts';

/** An application of organization `a` is named by two letters, such as `a1`. */
const ownerOf = (name: string) => ({ id: name, organizationId: name.slice(0, 1) });

it('makes an organization rest for three times as long as its work took; rests of others overlap', () => {
  const clock = new ManualClock();
  const work = createLongWork(clock);
  const after = (organizationId: string, tookMs: number) => {
    const startedMs = clock.monotonicMs();
    clock.advance(tookMs);
    work.ended(ownerOf(organizationId), startedMs);
  };
  const resting = () => ['a', 'b', 'c'].filter((name) => !work.mayBegin(ownerOf(name), Infinity));
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

/** Work that takes `tookMs` each time. `begun`: the applications whose work has begun, in order. */
function working(tookMs: number) {
  const clock = new ManualClock();
  const work = createLongWork(clock);
  const begun: string[] = [];
  const run = (name: string, chars = Infinity, takesMs = tookMs) =>
    work.run(ownerOf(name), chars, () => {
      begun.push(name);
      clock.advance(takesMs);
    });
  /** Lets time pass, and then the event loop do what waits. */
  const pass = (ms: number) => {
    clock.advance(ms);
    return new Promise(setImmediate);
  };
  return { clock, begun, run, pass };
}

it('begins work of an organization only after the rest for its earlier work', async () => {
  const { begun, run, pass } = working(10);
  const all = Promise.all([run('a'), run('a'), run('a'), run('b')]);
  expect(begun).toEqual(['a', 'b']);
  await pass(30);
  expect(begun).toEqual(['a', 'b', 'a']);
  await pass(60);
  await all;
  expect(begun).toEqual(['a', 'b', 'a', 'a']);
});

it('yields the event loop after enough short work', async () => {
  const { begun, run } = working(4);
  const all = Promise.all(['a', 'a', 'a', 'a', 'a', 'b'].map((name) => run(name)));
  expect(begun).toEqual(['a', 'a', 'a', 'b']);
  await all;
  expect(begun).toEqual(['a', 'a', 'a', 'b', 'a', 'a']);
});

it('lets the applications of an organization take turns', async () => {
  const { begun, run, pass } = working(60);
  const all = Promise.all(['a1', 'a1', 'a1', 'a1', 'a2', 'a2', 'a3'].map((name) => run(name)));
  for (let rests = 0; rests < 6; rests++) await pass(180);
  await all;
  expect(begun).toEqual(['a1', 'a1', 'a2', 'a3', 'a1', 'a2', 'a1']);
});

it('does little work of an application while the organization rests because of another', async () => {
  const { begun, run, pass } = working(60);
  const little = 64 * 1024;
  const long = [run('a1'), run('a1')];
  await run('a2', little, 4);
  long.push(run('a1', little, 4), run('a2', little + 1, 4));
  expect(begun).toEqual(['a1', 'a2']);
  await pass(0);
  // Twice 5 ms are enough for a turn of the event loop, also in a rest.
  const more = Promise.all(['a3', 'a4', 'a5'].map((name) => run(name, little, 5)));
  expect(begun).toEqual(['a1', 'a2', 'a3', 'a4']);
  await more;
  expect(begun).toEqual(['a1', 'a2', 'a3', 'a4', 'a5']);
  await pass(180);
  await pass(180);
  await Promise.all(long);
});

it('makes an application rest whose work was longer than its length promised', async () => {
  const { begun, run, pass } = working(60);
  await run('a1');
  await run('a2', 1);
  const waits = run('a2', 1, 0);
  await pass(0);
  expect(begun).toEqual(['a1', 'a2']);
  await run('a3', 1, 0);
  await pass(180);
  await waits;
  expect(begun).toEqual(['a1', 'a2', 'a3', 'a2']);
});

it('goes on after work that fails', async () => {
  const clock = new ManualClock();
  const work = createLongWork(clock);
  const fail = () => {
    clock.advance(60);
    throw new Error('no');
  };
  const [first, second] = [1, 2].map(() => work.run(ownerOf('a'), 1, fail));
  await expect(first).rejects.toThrow('no');
  clock.advance(180);
  await expect(second).rejects.toThrow('no');
});
