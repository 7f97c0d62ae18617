import { expect, test } from 'vitest';
import { desiredOwners } from './desired-owners.ts';

const SHARDS = Array.from({ length: 256 }, (_, shard) => shard);

function countsOf(owners: ReadonlyMap<number, number>): number[] {
  const counts = new Map<number, number>();
  for (const owner of owners.values()) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  return [...counts.values()];
}

test('every worker gets about the same number of shards', () => {
  for (let first = 1; first < 400; first += 7) {
    for (const size of [2, 3, 5, 8]) {
      const workers = Array.from({ length: size }, (_, index) => first + index);
      const counts = countsOf(desiredOwners(SHARDS, workers));
      expect(counts).toHaveLength(size);
      expect(Math.max(...counts)).toBeLessThan((256 / size) * 1.8);
      expect(Math.min(...counts)).toBeGreaterThan((256 / size) * 0.35);
    }
  }
});

test('a new worker takes shards from all others, and no other shard moves', () => {
  const before = desiredOwners(SHARDS, [3, 4, 9]);
  const after = desiredOwners(SHARDS, [3, 4, 9, 12]);
  const moved = SHARDS.filter((shard) => before.get(shard) !== after.get(shard));
  expect(moved.every((shard) => after.get(shard) === 12)).toBe(true);
  expect(new Set(moved.map((shard) => before.get(shard)))).toEqual(new Set([3, 4, 9]));
});

test('when a worker leaves, only its shards move', () => {
  const before = desiredOwners(SHARDS, [3, 4, 9]);
  const after = desiredOwners(SHARDS, [3, 9]);
  for (const shard of SHARDS) {
    if (before.get(shard) !== 4) expect(after.get(shard)).toBe(before.get(shard));
  }
});

test('the order in which workers are listed does not matter', () => {
  expect(desiredOwners(SHARDS, [9, 3, 4])).toEqual(desiredOwners(SHARDS, [3, 4, 9]));
});

test('without workers nobody owns anything', () => {
  expect(desiredOwners(SHARDS, [])).toEqual(new Map());
});
