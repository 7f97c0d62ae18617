import { expect, test } from 'vitest';
import type { EndpointStateOut } from '../api/types.ts';
import { deliveryWords } from './states.ts';
import { clockTime } from './times.ts';

const NOW = Date.parse('2026-11-29T02:00:00Z');
const SOON = '2026-11-29T02:00:40Z';
const THEN = clockTime(SOON, NOW);
const WELL: EndpointStateOut = {
  id: 'ep_1',
  uid: null,
  disabled: false,
  disabledReason: null,
  paused: false,
  failingSince: null,
  lastFailedAt: null,
  failedCount: 0,
  nextAttempt: null,
  breaker: 'closed',
  waitsUntil: null,
  window: null,
  rate: null,
};

test.for([
  [{}, []],
  [{ nextAttempt: SOON }, [`next attempt ${THEN}`]],
  [{ nextAttempt: '2026-11-29T01:59:00Z' }, ['next attempt now']],
  [
    { breaker: 'open', waitsUntil: SOON, nextAttempt: SOON, window: 1 },
    [`breaker open until ${THEN}`, `next attempt ${THEN}`, 'sends 1 at a time'],
  ],
  [{ breaker: 'half-open' }, ['breaker half-open: the next request decides']],
  [
    { waitsUntil: SOON, rate: 1 / 60 },
    [`asked for a pause until ${THEN}`, 'at most 0.017 a second'],
  ],
  [{ breaker: null }, ['breaker not known']],
] as const)('what slows an endpoint down is told in a few words: %j', ([given, words]) => {
  expect(deliveryWords({ ...WELL, ...given }, NOW)).toEqual(words);
});
