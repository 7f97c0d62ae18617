import { beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../../../test/support/manual-clock.ts';
import { MOST_TOLD } from '../../fleet.ts';
import { SlowedElsewhere, withinMost } from './slowed-elsewhere.ts';

const TELL_MS = 2_000;
const VALID_MS = 5_000;
let clock: ManualClock;
let slowed: SlowedElsewhere;

beforeEach(() => {
  clock = new ManualClock();
  slowed = new SlowedElsewhere(clock, TELL_MS);
  slowed.beginAnew();
});

const nothing = { busyMs: 0, window: null, rate: null, breakerPauseMs: 0, paced: false };
const notes = (endpointId: string, pauseMs = 0) => ({
  endpointId,
  applicationId: 'app_1',
  pauseMs,
  ...nothing,
});

test('nothing is known of an endpoint until its owner has had the time to tell', () => {
  expect(slowed.toldBy(1, 'ep_1')).toBeUndefined();
  slowed.hear(1, [notes('ep_2')]);
  expect(slowed.toldBy(1, 'ep_2')).toEqual(notes('ep_2'));
  clock.advance(VALID_MS);
  expect(slowed.toldBy(1, 'ep_1')).toBeNull();
  slowed.beginAnew();
  expect(slowed.toldBy(1, 'ep_1')).toBeUndefined();
});

test('a pause gets shorter with time, and is over when its owner no longer tells of it', () => {
  clock.advance(VALID_MS);
  slowed.hear(1, [notes('ep_1', 30_000), notes('ep_2', 1_000)]);
  clock.advance(VALID_MS - 1);
  expect(slowed.toldBy(1, 'ep_1')?.pauseMs).toBe(30_000 - VALID_MS + 1);
  expect(slowed.toldBy(1, 'ep_2')?.pauseMs).toBe(0);
  clock.advance(1);
  expect(slowed.toldBy(1, 'ep_1')).toBeNull();
});

test('notes of a former owner do not count', () => {
  clock.advance(VALID_MS);
  slowed.hear(1, [notes('ep_1', 30_000)]);
  expect(slowed.toldBy(2, 'ep_1')).toBeNull();
});

test('when an owner has too many endpoints to tell of, the others do not count as healthy', () => {
  clock.advance(VALID_MS);
  const most = Array.from({ length: MOST_TOLD }, (_, i) => notes(`ep_${i}`));
  expect(withinMost(most)).toEqual(most);
  slowed.hear(1, withinMost([...most, notes('ep_more')]));
  expect(slowed.toldBy(1, 'ep_0')).toEqual(notes('ep_0'));
  expect(slowed.toldBy(1, 'ep_more')).toBeUndefined();
  expect(slowed.toldBy(1, 'ep_well')).toBeUndefined();
  expect(slowed.toldBy(2, 'ep_well')).toBeNull();
});
