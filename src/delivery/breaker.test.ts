import { expect, test } from 'vitest';
import { Breaker, FAILURES_TO_OPEN } from './breaker.ts';
import { DEFAULT_POLICY } from '../domain/policy.ts';

const middle = () => 0.5;

function opened(at: number): Breaker {
  const breaker = new Breaker(middle);
  for (let i = 0; i < FAILURES_TO_OPEN; i++) breaker.failed(at);
  return breaker;
}

test('one delivery that fails through its whole schedule does not open the breaker', () => {
  expect(FAILURES_TO_OPEN).toBeGreaterThan(DEFAULT_POLICY.retryScheduleMs.length + 1);
});

test('opens with the failure that reaches the threshold, and reports this once', () => {
  const breaker = new Breaker(middle);
  const answers = Array.from({ length: FAILURES_TO_OPEN + 5 }, () => breaker.failed(0));
  expect(answers.indexOf(true)).toBe(FAILURES_TO_OPEN - 1);
  expect(answers.filter(Boolean)).toHaveLength(1);
  expect(breaker.state(0)).toBe('open');
});

test('a success resets the count', () => {
  const breaker = new Breaker(middle);
  for (let i = 0; i < FAILURES_TO_OPEN * 3; i++) {
    if (i % 7 === 6) breaker.succeeded();
    breaker.failed(0);
  }
  expect(breaker.state(0)).toBe('closed');
});

test('lets one attempt through after the pause, and doubles the pause while attempts fail, up to a bound', () => {
  const breaker = opened(0);
  let pauseMs = 0;
  let now = 0;
  for (let i = 0; i < 12; i++) {
    const previous = pauseMs;
    pauseMs = breaker.openUntilMs - now;
    expect(pauseMs).toBe(previous === 0 ? 1_000 : Math.min(previous * 2, 60_000));
    expect(breaker.state(breaker.openUntilMs - 1)).toBe('open');
    now = breaker.openUntilMs;
    expect(breaker.state(now)).toBe('half-open');
    expect(breaker.failed(now)).toBe(true);
  }
});

test('a success closes the breaker', () => {
  const breaker = opened(0);
  breaker.succeeded();
  expect(breaker.state(0)).toBe('closed');
  expect(breaker.failed(0)).toBe(false);
});
