import { expect, test } from 'vitest';
import { ApiError } from '../api/api-error.ts';
import { readAgainMs } from './read-again.ts';

test('what is read again by itself: what cannot be reached, and nothing that was refused', () => {
  const failed = (status: number) => new ApiError(status, 'code', 'message', []);
  expect(readAgainMs(0, null)).toBe(false);
  expect(readAgainMs(5_000, null)).toBe(5_000);
  expect(readAgainMs(0, failed(0))).toBe(3_000);
  expect(readAgainMs(60_000, new TypeError('a page was not loaded'))).toBe(3_000);
  for (const status of [401, 403, 404, 422]) expect(readAgainMs(2_000, failed(status))).toBe(false);
  for (const status of [429, 500, 503]) expect(readAgainMs(2_000, failed(status))).toBe(2_000);
  expect(readAgainMs(0, failed(503))).toBe(false);
});

test('a list that was read far costs no more than one page in each period', () => {
  expect(readAgainMs(5_000, null, 0)).toBe(5_000);
  expect(readAgainMs(5_000, null, 1)).toBe(5_000);
  expect(readAgainMs(5_000, null, 12)).toBe(60_000);
  expect(readAgainMs(0, null, 12)).toBe(false);
});
