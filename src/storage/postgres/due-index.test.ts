import { expect, test } from 'vitest';
import { DueIndex } from './due-index.ts';

const due = (index: DueIndex, now: number) => [...index.due(now)];

test('an endpoint is due from its earliest hint on', () => {
  const index = new DueIndex();
  index.hint('a', 50);
  index.hint('b', 20);
  index.hint('a', 90);
  expect(due(index, 19)).toEqual([]);
  expect(index.nextDueAt()).toBe(20);
  expect(due(index, 20)).toEqual(['b']);
  expect(index.nextDueAt()).toBe(50);
  index.hint('a', 10);
  expect(due(index, 20)).toEqual(['b', 'a']);
});

test('endpoints take turns: a served endpoint goes to the end', () => {
  const index = new DueIndex();
  for (const [place, id] of ['a', 'b', 'c'].entries()) index.hint(id, place);
  expect(due(index, 5)).toEqual(['a', 'b', 'c']);
  index.served('a');
  expect(due(index, 5)).toEqual(['b', 'c', 'a']);
});

test('endpoints that are served during a look are not yielded again', () => {
  const index = new DueIndex();
  for (const [place, id] of ['a', 'b'].entries()) index.hint(id, place);
  const seen: string[] = [];
  for (const id of index.due(5)) {
    seen.push(id);
    index.served(id);
  }
  expect(seen).toEqual(['a', 'b']);
});

test('the result of a claim replaces earlier hints, but not those since the claim began', () => {
  const index = new DueIndex();
  index.hint('empty', 0);
  index.hint('later', 0);
  index.hint('hinted', 0);
  const { hints } = index;
  index.hint('hinted', 5);
  index.learned('empty', null, hints);
  index.learned('later', 70, hints);
  index.learned('hinted', null, hints);
  expect(due(index, 0)).toEqual(['hinted']);
  expect(due(index, 70)).toEqual(['hinted', 'later']);
});

test('an endpoint in doubt is looked at next', () => {
  const index = new DueIndex();
  index.hint('a', 500);
  index.hint('a', -Infinity);
  expect(due(index, 0)).toEqual(['a']);
  index.learned('a', 900, index.hints);
  expect(due(index, 0)).toEqual([]);
  expect(index.nextDueAt()).toBe(900);
  expect(index.endpointIds()).toEqual(['a']);
});
