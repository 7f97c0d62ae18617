import { expect, onTestFinished, test, vi } from 'vitest';
import { shownTime } from './use-now.ts';

test('the time is that of now, though nothing showed one for a while', () => {
  vi.useFakeTimers({ now: Date.now() + 60_000 });
  onTestFinished(() => void vi.useRealTimers());
  expect(shownTime()).toBe(Date.now());
  vi.advanceTimersByTime(21_000);
  const shown = shownTime();
  expect(shown).toBe(Date.now());
  vi.advanceTimersByTime(900);
  expect(shownTime()).toBe(shown);
});
