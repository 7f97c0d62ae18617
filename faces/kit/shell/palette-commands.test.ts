import { expect, test } from 'vitest';
import { type Command, matching } from './palette-commands.ts';

const COMMANDS: readonly Command[] = [
  { title: 'API keys', hint: 'Page', to: '/api-keys' },
  { title: 'Audit', hint: 'Page', to: '/audit' },
  { title: 'Find message x', hint: 'by id', always: true },
];

test('offers what has every word that was typed, and what is made of the text', () => {
  const titles = (typed: string) => matching(COMMANDS, typed).map(({ title }) => title);
  expect(titles('')).toHaveLength(3);
  expect(titles('KEYS api')).toEqual(['API keys', 'Find message x']);
  expect(titles('page aud')).toEqual(['Audit', 'Find message x']);
  expect(titles('nothing')).toEqual(['Find message x']);
});
