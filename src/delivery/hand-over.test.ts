import { expect, test } from 'vitest';
import { HandOver } from './hand-over.ts';
import { Lane } from './lane.ts';

test('ends when no lane holds a hand-off', async () => {
  const quiet: Lane[] = [];
  const handOver = new HandOver((lane) => quiet.push(lane));
  const [one, two, other] = [laneHolding(2), laneHolding(1), laneHolding(1)];
  one.inFlight = 1;
  let left = false;
  const leaving = handOver.left([one, two]).then(() => (left = true));
  const release = async (lane: Lane) => {
    lane.heldCount--;
    handOver.released(lane);
    await Promise.resolve();
    return left;
  };
  expect(await release(one)).toBe(false);
  expect(await release(two)).toBe(false);
  expect(await release(other)).toBe(false);
  // Only the lane with requests in flight needs a notice that these have ended.
  expect(quiet).toEqual([]);
  await release(one);
  await leaving;
  expect(quiet).toEqual([one]);
});

test('ends at once when nothing is held', async () => {
  await new HandOver(() => {}).left([laneHolding(0)]);
});

function laneHolding(heldCount: number): Lane {
  const lane = new Lane('ep_1', 'app_1', 4, Math.random);
  lane.heldCount = heldCount;
  return lane;
}
