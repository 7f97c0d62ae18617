import { beforeEach, describe, expect, test } from 'vitest';
import { makeLane } from '../../test/support/delivery-parts.ts';
import { Admission } from './admission.ts';
import type { Lane } from './lane.ts';
import { DEFAULT_LIMITS } from './limits.ts';

const CHARS = 100;

let woken: number;
let admission: Admission;
beforeEach(() => {
  woken = 0;
  admission = new Admission({ limits: DEFAULT_LIMITS, onCapacity: () => woken++ });
});

/** Admits hand-offs until the lane takes no more. */
function fill(lane: Lane, chars = CHARS): number {
  let count = 0;
  while (admission.admit(lane, chars, 0)) count++;
  return count;
}

function grown(endpointId: string, successes = 100): Lane {
  const lane = makeLane(endpointId);
  for (let count = 0; count < successes; count++) {
    lane.judge({ kind: 'success', slow: false, pauseMs: 0 }, 32, 0);
  }
  return lane;
}

function hanging(endpointId: string): Lane {
  const lane = makeLane(endpointId);
  for (let count = 0; count < 4; count++) {
    lane.judge({ kind: 'failure', slow: true, pauseMs: 0 }, 32, 0);
  }
  return lane;
}

describe('the capacity of a lane', () => {
  test('follows its window', () => {
    expect(admission.limitOf(makeLane(), 0)).toBe(4 * 32);
    expect(admission.limitOf(grown('ep_1', 4), 0)).toBe(8 * 32);
    expect(admission.limitOf(grown('ep_1'), 0)).toBe(1_024);
    expect(admission.limitOf(hanging('ep_1'), 0)).toBe(4);
  });

  test('is one while the breaker probes, and nothing while it is open or the lane is disabled', () => {
    const lane = makeLane();
    for (let count = 0; count < 20; count++) {
      lane.judge({ kind: 'failure', slow: false, pauseMs: 0 }, 32, 0);
    }
    expect(admission.limitOf(lane, 0)).toBe(0);
    expect(admission.limitOf(lane, lane.breaker.openUntilMs)).toBe(1);
    lane.disabled = true;
    expect(admission.limitOf(lane, lane.breaker.openUntilMs)).toBe(0);
  });

  test('is what the endpoint takes soon at its learned rate', () => {
    const lane = grown('ep_1');
    lane.judge({ kind: 'pushback', slow: false, pauseMs: 1_000 }, 32, 0);
    expect(admission.limitOf(lane, 500)).toBe(0);
    expect(admission.limitOf(lane, 1_000)).toBe(4);
  });

  test('is half for new deliveries, and half for those from the storage', () => {
    expect(fill(makeLane())).toBe(64);
  });

  test('is one payload of any size, and otherwise a part of the free capacity', () => {
    expect(fill(makeLane('ep_1'), 24_000_000)).toBe(1);
    expect(fill(makeLane('ep_2'), 24_000_000)).toBe(0);
    expect(fill(makeLane('ep_3'), 1_000_000)).toBe(1);
    expect(fill(makeLane('ep_4'), 1_000)).toBe(1);
    expect(fill(grown('ep_5'), 1_000_000)).toBe(1);
  });
});

describe.each([
  [2, grown],
  [40, grown],
  [1_000, grown],
  [1_000, hanging],
  [20_000, hanging],
  [20_000, makeLane],
])('%i lanes that want everything', (count, make) => {
  test(`leave capacity for a healthy lane that holds nothing: ${make.name}`, () => {
    for (let index = 0; index < count; index++) {
      const lane = make(`ep_${index}`);
      fill(lane);
      while (lane.heldCount < admission.limitOf(lane, 0)) admission.hold(lane, CHARS);
    }
    expect(admission.freeCount).toBeGreaterThan(0);
    expect(admission.admit(grown('ep_well'), CHARS, 0)).toBe(true);
  });
});

describe.each([
  [20, 1_000_000],
  [400, 1_000_000],
  [400, 100_000],
  [4_000, 10_000],
])('%i lanes that hang with payloads of %i characters', (count, chars) => {
  const { sweepCount, sweepChars } = DEFAULT_LIMITS;

  /** What one claim brings, of lanes that have any number of deliveries in the storage. */
  function claim(lanes: readonly Lane[]): number {
    if (!admission.reserve(sweepCount, sweepChars)) return 0;
    const { capacities, defaultCapacity } = admission.capacities(lanes, 0);
    admission.unreserve(sweepCount, sweepChars);
    const most = Math.floor(sweepChars / chars);
    let claimed = 0;
    for (const lane of lanes) {
      const capacity = capacities.get(lane.endpointId) ?? defaultCapacity;
      for (let left = capacity; left > 0 && claimed < most; left--, claimed++) {
        admission.hold(lane, chars);
      }
    }
    return claimed;
  }

  test.each([
    { were: 'known for it', make: hanging },
    { were: 'new', make: makeLane },
  ])(
    'leave capacity for one that is well, of new messages and of the storage: $were',
    ({ make }) => {
      const lanes = Array.from({ length: count }, (_, index) => make(`ep_${index}`));
      for (const lane of lanes) fill(lane, chars);
      while (claim(lanes) > 0);
      expect(claim([grown('ep_stored')])).toBeGreaterThan(0);
      expect(admission.admit(grown('ep_new'), chars, 0)).toBe(true);
    },
  );

  test('are served in turn: one that holds nothing is claimed for when others have ended', () => {
    const lanes = Array.from({ length: count }, (_, index) => hanging(`ep_${index}`));
    while (claim(lanes) > 0);
    const waiting = lanes.filter(({ heldCount }) => heldCount === 0);
    expect(waiting.length).toBeGreaterThan(0);
    expect(woken).toBe(0);
    for (const lane of lanes) {
      lane.backlogged = false;
      while (lane.heldCount > 0) admission.release(lane, chars, 0);
    }
    expect(woken).toBe(1);
    expect(claim(waiting)).toBeGreaterThan(0);
  });
});

test('a lane whose last hand-off ends while others hold the characters is claimed for after them', () => {
  const lane = hanging('ep_1');
  const others = Array.from({ length: 15 }, (_, index) => hanging(`ep_other_${index}`));
  admission.hold(lane, 1_000_000);
  admission.capacities([lane], 0);
  lane.backlogged = true;
  for (const other of others) admission.hold(other, 1_000_000);
  admission.release(lane, 1_000_000, 0);
  expect(woken).toBe(0);
  for (const other of others) admission.release(other, 1_000_000, 0);
  expect(woken).toBe(1);
});

describe('the sweeper', () => {
  test('gets the capacity of each lane that differs from a new lane', () => {
    const idle = makeLane('ep_idle');
    const sick = hanging('ep_sick');
    const holding = makeLane('ep_holding');
    admission.hold(holding, CHARS);
    const { capacities, defaultCapacity } = admission.capacities([idle, sick, holding], 0);
    expect(defaultCapacity).toBe(128);
    expect([...capacities]).toEqual([
      ['ep_sick', 4],
      ['ep_holding', 127],
    ]);
  });

  test('is woken when a lane that was refused capacity is almost empty', () => {
    const lane = makeLane();
    fill(lane);
    while (lane.heldCount > 33) admission.release(lane, CHARS, 0);
    expect(woken).toBe(0);
    admission.release(lane, CHARS, 0);
    expect(woken).toBe(1);
    while (lane.heldCount > 0) admission.release(lane, CHARS, 0);
    expect(woken).toBe(1);
  });

  test('is woken when there is capacity again after its reservation was refused', () => {
    const lanes = Array.from({ length: 200 }, (_, index) => grown(`ep_${index}`));
    for (const lane of lanes) for (let held = 0; held < 82; held++) admission.hold(lane, CHARS);
    expect(admission.freeCount).toBe(0);
    expect(admission.reserve(0, CHARS)).toBe(false);
    const [first, ...others] = lanes;
    for (const lane of others.slice(0, 6)) {
      while (lane.heldCount > 0) admission.release(lane, CHARS, 0);
    }
    expect(woken).toBe(0);
    while (first !== undefined && first.heldCount > 0) admission.release(first, CHARS, 0);
    expect(woken).toBe(1);
  });

  test('reserves capacity for its claim, and gives it back', () => {
    expect(admission.reserve(500, 4 * 1024 * 1024)).toBe(true);
    expect(admission.freeCount).toBe(DEFAULT_LIMITS.heldCount - 500);
    admission.unreserve(500, 4 * 1024 * 1024);
    expect(admission.freeCount).toBe(DEFAULT_LIMITS.heldCount);
  });
});

test('nothing is admitted after closing', () => {
  admission.close();
  expect(admission.admit(makeLane(), CHARS, 0)).toBe(false);
  expect(admission.reserve(1, CHARS)).toBe(false);
});
