import { expect, it } from 'vitest';
import { hasSameLifetimes, lifetimesOf } from './lifetimes.ts';

const HOUR_MS = 3_600_000;
const START = Date.UTC(2030, 0, 1);

type Given = Parameters<typeof lifetimesOf>[0];

function messageAt(hours: number, given: Given) {
  const createdAt = START + hours * HOUR_MS;
  return { createdAt, ...lifetimesOf(given, { payloadRetentionDays: null }, createdAt) };
}

const at = (hours: number) => ({ deliverAt: START + hours * HOUR_MS });

/** The first message is published at hour 0, the repetition at hour 2. */
it.each<[Given, Given, boolean]>([
  [{}, {}, true],
  [at(5), at(5), true],
  [at(5), at(6), false],
  [at(5), {}, false],
  [{}, at(5), false],
  // The instant has passed before the repetition, or before both.
  [at(1), at(1), true],
  [at(-1), at(-1), true],
  [at(-1), {}, true],
  [{ payloadRetentionHours: 1 }, { payloadRetentionHours: 1 }, true],
  [{ payloadRetentionHours: 120 }, { payloadRetentionPeriod: 5 }, true],
  [{ payloadRetentionHours: 1 }, { payloadRetentionHours: 2 }, false],
  [{ payloadRetentionHours: 1 }, {}, false],
  [{}, { payloadRetentionHours: 1 }, false],
  [{ payloadRetentionPeriod: 90 }, {}, true],
])('a message with %j and one with %j are the same: %s', (first, repetition, isSame) => {
  expect(hasSameLifetimes(messageAt(0, first), messageAt(2, repetition))).toBe(isSame);
});

it('an expiry that retention has moved counts as the same', () => {
  const moved = { ...messageAt(0, {}), expiresAt: START + HOUR_MS + 1 };
  for (const given of [{}, { payloadRetentionHours: 24 }]) {
    expect(hasSameLifetimes(moved, messageAt(2, given))).toBe(true);
  }
});
