import { expect, test } from 'vitest';
import { createIds } from '../domain/ids.ts';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { SHARDS, createFleetOfOne, shardOf } from './fleet.ts';

test('the shard of an endpoint never changes', () => {
  expect(['ep_1', 'ep_2', 'ep_2p5kzWCjuWVt0VdzQWqRgOGNtJ0'].map(shardOf)).toEqual([210, 164, 136]);
});

test('endpoints spread evenly over the shards', () => {
  const ids = createIds(new ManualClock());
  const counts = Array.from({ length: SHARDS }, () => 0);
  for (let count = 0; count < 100 * SHARDS; count++) counts[shardOf(ids.next('ep'))]! += 1;
  expect(Math.min(...counts)).toBeGreaterThan(50);
  expect(Math.max(...counts)).toBeLessThan(160);
});

test('a fleet of one owns every endpoint', async () => {
  const self = { number: 1, name: 'a', roles: [], version: '1', startedAt: 0, leaseUntil: null };
  const fleet = createFleetOfOne(() => ({ ...self, ownedShards: SHARDS }));
  expect(fleet.owns('ep_1')).toBe(true);
  expect(await fleet.processes()).toHaveLength(1);
});
