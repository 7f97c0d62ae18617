import { describe, expect, test } from 'vitest';
import { makeLane } from '../../test/support/delivery-parts.ts';
import type { Lane, Verdict } from './lane.ts';
import { Slots } from './slots.ts';

const SUCCESS: Verdict = { kind: 'success', slow: false, pauseMs: 0 };
const FAILURE: Verdict = { kind: 'failure', slow: false, pauseMs: 0 };
const TIMEOUT: Verdict = { kind: 'failure', slow: true, pauseMs: 0 };

function judged(verdict: Verdict): Lane {
  const lane = makeLane();
  lane.judge(verdict, 32, 0);
  return lane;
}

/** Starts one request of each lane while there are slots, and returns their number. */
function startEach(slots: Slots, lanes: readonly Lane[]): number {
  const admitted = lanes.filter((lane) => {
    const admits = slots.admits(lane);
    if (admits) slots.begin(lane);
    return admits;
  });
  return admitted.length;
}

function startMany(slots: Slots, lane: Lane): number {
  let count = 0;
  while (slots.admits(lane)) {
    slots.begin(lane);
    count++;
  }
  return count;
}

const many = (make: () => Lane) => Array.from({ length: 200 }, make);
const manyJudged = (verdict: Verdict) => many(() => judged(verdict));

describe('of 64 slots', () => {
  test('one lane gets three quarters when it is quick, and half while it is new', () => {
    expect(startMany(new Slots(64), makeLane())).toBe(32);
    expect(startMany(new Slots(64), judged(SUCCESS))).toBe(48);
  });

  test('new lanes get five eighths, and quick ones the rest', () => {
    const slots = new Slots(64);
    expect(startEach(slots, many(makeLane))).toBe(40);
    expect(startEach(slots, manyJudged(SUCCESS))).toBe(24);
    expect(slots.full).toBe(true);
  });

  test('lanes that hang do not hold back one that failed quickly', () => {
    const slots = new Slots(64);
    expect(startEach(slots, manyJudged(TIMEOUT))).toBe(32);
    const failed = judged(FAILURE);
    expect(startMany(slots, failed)).toBe(1);
    slots.end(failed, false, true);
    failed.slowInFlight++;
    expect(slots.admits(failed)).toBe(false);
  });

  test('new and sick lanes leave an eighth to quick ones with requests in flight', () => {
    const slots = new Slots(64);
    const sick = manyJudged(TIMEOUT);
    expect(startEach(slots, sick)).toBe(32);
    expect(startEach(slots, many(makeLane))).toBe(8);
    expect(startMany(slots, judged(SUCCESS))).toBe(8);
    expect(startEach(slots, [judged(SUCCESS)])).toBe(1);
  });

  test('quick lanes that turn sick leave slots to new ones', () => {
    const slots = new Slots(64);
    const lane = judged(SUCCESS);
    expect(startMany(slots, lane)).toBe(48);
    slots.change(lane, () => lane.slowInFlight++);
    expect(startEach(slots, many(makeLane))).toBe(8);
    expect(startEach(slots, [judged(SUCCESS)])).toBe(1);
  });

  test('new lanes with nothing in flight find slots beside new ones that hold many', () => {
    const slots = new Slots(64);
    expect(startMany(slots, makeLane())).toBe(32);
    expect(startEach(slots, many(makeLane))).toBe(8);
  });

  test('sick lanes get half together', () => {
    const slots = new Slots(64);
    expect(startEach(slots, manyJudged(TIMEOUT))).toBe(32);
  });

  test('one sick lane leaves half of the slots for sick lanes to others', () => {
    const slots = new Slots(64);
    expect(startMany(slots, judged(TIMEOUT))).toBe(16);
    expect(startMany(slots, judged(TIMEOUT))).toBe(8);
  });

  test('all requests of a lane count as sick as soon as the lane is sick', () => {
    const slots = new Slots(64);
    const lane = makeLane();
    while (slots.inFlight < 48) slots.begin(lane);
    expect(slots.admits(judged(TIMEOUT))).toBe(false);
    for (let count = 0; count < 20; count++) slots.end(lane, false, true);
    expect(slots.admits(judged(TIMEOUT))).toBe(true);
    slots.change(lane, () => lane.slowInFlight++);
    expect(slots.admits(judged(TIMEOUT))).toBe(true);
    slots.begin(lane);
    slots.begin(lane);
    slots.begin(lane);
    slots.begin(lane);
    expect(slots.admits(judged(TIMEOUT))).toBe(false);
  });
});

test('a process with few slots gives all of them to new lanes', () => {
  expect(startEach(new Slots(4), many(makeLane))).toBe(4);
});

test('a process with one slot gives it to the next lane', () => {
  for (const lane of [makeLane(), judged(SUCCESS), judged(TIMEOUT)]) {
    expect(new Slots(1).admits(lane)).toBe(true);
  }
});

test('slots of ended requests are free again', () => {
  const slots = new Slots(16);
  const quick = judged(SUCCESS);
  const lanes = [makeLane(), quick, judged(TIMEOUT)];
  for (const lane of lanes) startMany(slots, lane);
  for (const lane of lanes) {
    slots.change(lane, () => lane.slowInFlight++);
    const wasUnproven = lane !== quick;
    for (let first = true; lane.inFlight > 0; first = false) slots.end(lane, first, wasUnproven);
  }
  expect(slots.inFlight).toBe(0);
  expect(startMany(slots, judged(TIMEOUT))).toBe(4);
});
