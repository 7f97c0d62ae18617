import { expect, test } from 'vitest';
import { HandOver } from './hand-over.ts';
import { Lane } from './lane.ts';

test('ends when nothing is held for any of the lanes', async () => {
  const handOver = new HandOver();
  const [one, two, other] = [laneHolding(2), laneHolding(1), laneHolding(1)];
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
  await release(one);
  await leaving;
});

test('ends at once when nothing is held', async () => {
  await new HandOver().left([laneHolding(0)]);
});

function laneHolding(heldCount: number): Lane {
  const lane = new Lane('ep_1', 'app_1', 4, Math.random);
  lane.heldCount = heldCount;
  return lane;
}
