import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeAcceptance } from '../conformance/storage-acceptance.ts';
import { describeClaims } from '../conformance/storage-claims.ts';
import { describeFirstClaims } from '../conformance/storage-first-claims.ts';
import { describeRecords } from '../conformance/storage-records.ts';
import { describeRestart } from '../conformance/storage-restart.ts';
import type { Suite } from '../conformance/storage-suite.ts';
import { NOW, StorageWorld } from '../support/storage-world.ts';
import { SimDatabase } from './sim-database.ts';
import { SimStorage, type StorageTurn } from './sim-storage.ts';

/** The simulated storage must pass the suite of all backends, except for lists, which it lacks. */
describe('the simulated storage', () => {
  let database: SimDatabase;
  let world: StorageWorld;
  let commits: StorageTurn[] = [];
  const suite: Suite = {
    get world() {
      return world;
    },
    async restart(options) {
      await world.storage.stop();
      world.storage = open(options?.now);
      await world.storage.start();
    },
  };

  function open(now: () => number = () => NOW): SimStorage {
    const done = { takesMs: 0, fate: 'done' } as const;
    return new SimStorage({
      database,
      now,
      after: (_delayMs, run) => setImmediate(run),
      nextCommit: () => commits.shift() ?? done,
      clock: { monotonicMs: () => 0, after: () => () => {} },
      fleet: null,
      onError() {},
      nextRead: () => done,
    });
  }

  beforeEach(async () => {
    database = new SimDatabase();
    world = new StorageWorld(open());
    await world.begin();
    commits = [];
  });
  afterEach(() => world.storage.stop());

  describe('acceptMessages', () => {
    describeAcceptance(suite);
  });
  describe('claims', () => {
    describeClaims(suite);
  });
  describe('deliveries that are accepted claimed', () => {
    describeFirstClaims(suite);
  });
  describe('records', () => {
    describeRecords(suite);
  });
  describe('start and stop', () => {
    describeRestart(suite);
  });

  describe('faults', () => {
    it('stores nothing when a commit fails', async () => {
      const endpoint = await world.createEndpoint();
      commits = [{ takesMs: 0, fate: 'failed' }];
      await expect(world.accept([endpoint.id])).rejects.toMatchObject({
        code: 'storage_unavailable',
      });
      expect((await world.claim()).handoffs).toEqual([]);
    });

    it('stores a batch whose answer is lost', async () => {
      const endpoint = await world.createEndpoint();
      commits = [{ takesMs: 0, fate: 'unanswered' }];
      await expect(world.accept([endpoint.id])).rejects.toMatchObject({
        code: 'storage_unavailable',
      });
      expect((await world.claim()).handoffs).toHaveLength(1);
    });
  });
});
