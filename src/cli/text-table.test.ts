import { expect, test } from 'vitest';
import { answerText, shortened } from './api/answer-text.ts';
import { textTable } from './text-table.ts';

test('columns are aligned by the width of characters', () => {
  const rows = [
    ['NAME', 'UID'],
    ['漢字', 'a'],
    ['Žluť', 'b'],
    ['u\u0308🎉', 'c'],
  ];
  expect(textTable(rows)).toBe('NAME  UID\n漢字  a\nŽluť  b\nu\u0308🎉   c');
});

test('a text is not cut within a character', () => {
  expect(shortened('ab🎉d', 4)).toBe('ab…');
  expect(shortened('abcd', 4)).toBe('abcd');
});

test('a list beside other members shows both, without the members for paging', () => {
  expect(answerText('{"data":[{"id":"a"}],"iterator":"a","done":true}', Infinity)).toBe('ID\na\n');
  expect(answerText('{"data":[],"isComplete":false}', Infinity)).toBe(
    'none\n\nisComplete  false\n',
  );
  expect(answerText('{"data":[1,2]}', Infinity)).toBe('data  [1,2]\n');
});
