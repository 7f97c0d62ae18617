import { expect, onTestFinished, test, vi } from 'vitest';
import { gathered } from './gathered.ts';

function world() {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const asked: (readonly string[])[] = [];
  const one = gathered((ids) => {
    asked.push(ids);
    if (ids.includes('bad')) return Promise.reject(new Error('refused'));
    return Promise.resolve(
      Object.fromEntries(ids.filter((id) => id !== 'gone').map((id) => [id, `${id}!`])),
    );
  });
  return { asked, one, pass: () => vi.advanceTimersByTimeAsync(5) };
}

test('what is asked for at the same time is one question, and each gets its answer', async () => {
  const { asked, one, pass } = world();
  const answers = Promise.all([one('a'), one('b'), one('a')]);
  await pass();
  expect(await answers).toEqual(['a!', 'b!', 'a!']);
  expect(asked).toEqual([['a', 'b']]);
  const later = one('c');
  await pass();
  expect(await later).toBe('c!');
  expect(asked).toHaveLength(2);
});

test('a hundred are the most of one question', async () => {
  const { asked, one, pass } = world();
  const answers = Promise.all(Array.from({ length: 150 }, (_, n) => one(`id${n}`)));
  await pass();
  expect(await answers).toHaveLength(150);
  expect(asked.map(({ length }) => length)).toEqual([100, 50]);
});

test('what is not there fails alone, and a refusal fails for all', async () => {
  const { one, pass } = world();
  const some = Promise.allSettled([one('a'), one('gone')]);
  await pass();
  expect((await some).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  const none = Promise.allSettled([one('a'), one('bad')]);
  await pass();
  expect((await none).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
