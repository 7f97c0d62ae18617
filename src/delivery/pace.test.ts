import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Pace } from './pace.ts';

test('whatever the arrivals, no second has more requests than the rate and the burst', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 400 }),
      (perSecond, gaps) => {
        const limit = new Pace();
        const taken: number[] = [];
        let now = 1_000;
        for (const gap of gaps) {
          now += gap;
          const wait = limit.take(perSecond, now);
          if (wait === 0) taken.push(now);
        }
        const burst = Math.ceil(perSecond / 10) + 1;
        for (const start of taken) {
          const inSecond = taken.filter((at) => at >= start && at < start + 1000).length;
          expect(inSecond).toBeLessThanOrEqual(perSecond + burst);
        }
      },
    ),
  );
});

test('asking again after the returned wait allows a request', () => {
  const limit = new Pace();
  let now = 0;
  for (let i = 0; i < 50; i++) {
    const wait = limit.take(3, now);
    if (wait > 0) {
      now += wait;
      expect(limit.take(3, now)).toBe(0);
    }
  }
});

test('a rate of ten is reached and kept', () => {
  const limit = new Pace();
  let taken = 0;
  for (let now = 0; now < 10_000; now++) if (limit.take(10, now) === 0) taken++;
  expect(taken).toBeGreaterThanOrEqual(100);
  expect(taken).toBeLessThanOrEqual(102);
});

test('without a rate no request waits', () => {
  const pace = new Pace();
  expect([0, 0, 0].map((now) => pace.take(null, now))).toEqual([0, 0, 0]);
});

test('a receiver that takes one request a second soon gets about that', () => {
  const pace = new Pace();
  let takesAgainAt = 0;
  let nowMs = 0;
  let refused = 0;
  let taken = 0;
  while (taken < 100) {
    const waitMs = pace.take(null, nowMs);
    if (waitMs > 0) {
      nowMs += waitMs;
    } else if (nowMs >= takesAgainAt) {
      takesAgainAt = nowMs + 1_000;
      taken++;
      pace.succeeded();
    } else {
      refused++;
      pace.pushedBack();
      nowMs += 5_000;
    }
  }
  expect(refused).toBeLessThan(20);
  expect(nowMs).toBeLessThan(300_000);
});

test('a pushback is forgotten after many successes, and never raises the rate of the endpoint', () => {
  const pace = new Pace();
  pace.pushedBack();
  expect(pace.rate(50)).toBe(1);
  expect(pace.rate(0.5)).toBe(0.5);
  for (let count = 0; count < 100; count++) pace.succeeded();
  expect(pace.rate(null)).toBeNull();
});

test('an endpoint that refuses everything gets one request a minute', () => {
  const pace = new Pace();
  for (let count = 0; count < 50; count++) pace.pushedBack();
  pace.take(null, 0);
  expect(pace.take(null, 0)).toBe(60_000);
});

test('an endpoint that refused everything for a while soon gets as many requests as before', () => {
  const pace = new Pace();
  for (let count = 0; count < 50; count++) pace.pushedBack();
  let nowMs = 0;
  let taken = 0;
  while (taken < 10) {
    const waitMs = pace.take(null, nowMs);
    nowMs += waitMs;
    if (waitMs > 0) continue;
    taken++;
    pace.succeeded();
  }
  expect(pace.rate(null)).toBeGreaterThanOrEqual(1);
  expect(nowMs).toBeLessThan(180_000);
});

test('a new owner waits for one interval first', () => {
  const pace = new Pace();
  pace.begin(10_000);
  expect(pace.take(5, 10_050)).toBe(150);
  expect(pace.take(5, 10_200)).toBe(0);
  expect(pace.take(null, 10_000)).toBe(0);
});

test('a new owner has no burst', () => {
  const pace = new Pace();
  pace.begin(10_000);
  expect(pace.take(50, 10_020)).toBe(0);
  expect(pace.take(50, 10_020)).toBe(20);
  expect(pace.take(50, 10_040)).toBe(0);
  expect(pace.take(50, 10_400)).toBe(0);
  expect(pace.take(50, 10_400)).toBe(0);
});
