import { expect, it } from 'vitest';
import { parseInstant } from './instant.ts';

const NOON = Date.UTC(2026, 10, 28, 12, 12, 0, 24);

it.each([
  '2026-11-28T12:12:00.024Z',
  '2026-11-28t12:12:00.024z',
  '2026-11-28 12:12:00.024 UTC',
  '2026-11-28 12:12:00.024123456 UTC',
  '2026-11-28T12:12:00,024Z',
  '2026-11-28T12:12:00.024+00:00',
  '2026-11-28T12:12:00.024 00:00',
  '2026-11-28T14:12:00.024 02:00',
  '2026-11-28T14:12:00.024+0200',
  '2026-11-28T14:12:00.024+02',
  '2026-11-28T06:42:00.024-05:30',
  '20261128T121200.024Z',
  '2026-11-28T12:12:00.024',
])('%s is an instant', (text) => {
  expect(parseInstant(text)).toBe(NOON);
});

it('reads a day or a minute as its beginning', () => {
  expect(parseInstant('2026-11-28')).toBe(Date.UTC(2026, 10, 28));
  expect(parseInstant('2026-11-28T12:12Z')).toBe(NOON - 24);
});

it.each([
  '',
  'yesterday',
  '2026-02-30T00:00:00Z',
  '2026-13-01',
  '2026-11-28T25:00:00Z',
  '2026-11-28T12:12:00+24:00',
  '2026-11-28T12:12:00+02:00Z',
  '1764331920',
  '2026-11-28T12:12:00Z and more',
])('%j is none', (text) => {
  expect(parseInstant(text)).toBeNull();
});
