import { expect, test } from 'vitest';
import { SHARDS } from './fleet.ts';
import { ownerAmong } from './rendezvous.ts';

const shards = Array.from({ length: SHARDS }, (_, shard) => shard);
const ownersAmong = (workers: readonly number[]) =>
  shards.map((shard) => ownerAmong(shard, workers));

test('shares the shards about equally', () => {
  for (const workers of [
    [1, 2],
    [7, 8, 9],
    [41, 42, 50, 51],
  ]) {
    const owners = ownersAmong(workers);
    const fair = SHARDS / workers.length;
    for (const worker of workers) {
      const owned = owners.filter((owner) => owner === worker).length;
      expect(owned).toBeGreaterThan(fair * 0.6);
      expect(owned).toBeLessThan(fair * 1.4);
    }
  }
});

test('moves only the shards of the worker that comes or goes', () => {
  const before = ownersAmong([3, 5, 8]);
  const after = ownersAmong([3, 5, 8, 13]);
  for (const shard of shards) {
    if (after[shard] !== 13) expect(after[shard]).toBe(before[shard]);
  }
});

test('does not depend on the order of the workers', () => {
  expect(ownersAmong([1, 2, 3, 4])).toEqual(ownersAmong([4, 2, 3, 1]));
});

test('has no owner without workers', () => {
  expect(ownerAmong(0, [])).toBeNull();
});
