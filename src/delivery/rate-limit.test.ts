import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RateLimit } from './rate-limit.ts';

test('whatever the arrivals, no second sees more than its rate and the burst', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 400 }),
      (perSecond, gaps) => {
        const limit = new RateLimit();
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

test('asking again after the wait that it named gets one', () => {
  const limit = new RateLimit();
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
  const limit = new RateLimit();
  let taken = 0;
  for (let now = 0; now < 10_000; now++) if (limit.take(10, now) === 0) taken++;
  expect(taken).toBeGreaterThanOrEqual(100);
  expect(taken).toBeLessThanOrEqual(102);
});
