import { afterEach, beforeEach, describe } from 'vitest';
import type { SecretBox } from '../../src/storage/secret-box.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { joinFleet } from '../support/join-fleet.ts';
import { StorageWorld } from '../support/storage-world.ts';
import type { Suite } from './storage-suite.ts';
import { describeAccess } from './storage-access.ts';
import { describeAcceptance } from './storage-acceptance.ts';
import { describeAudit } from './storage-audit.ts';
import { describeBacklog } from './storage-backlog.ts';
import { describeClaims } from './storage-claims.ts';
import { describeConfiguration } from './storage-configuration.ts';
import { describeFilters } from './storage-filters.ts';
import { describeFirstClaims } from './storage-first-claims.ts';
import { describeKeptAnswers } from './storage-kept-answers.ts';
import { describeListeners } from './storage-listeners.ts';
import { describeLists } from './storage-lists.ts';
import { describeOperationalEvents } from './storage-operational-events.ts';
import { describeStatistics } from './storage-statistics.ts';
import { describeOwedMessages } from './storage-owed-messages.ts';
import { describeUndelivered } from './storage-undelivered.ts';
import { describeRecords } from './storage-records.ts';
import { describeRepositories } from './storage-repositories.ts';
import { describeRetention } from './storage-retention.ts';
import { describeRestart } from './storage-restart.ts';
import { describeTasks } from './storage-tasks.ts';

/** One empty database, which several storages can open one after the other. */
export interface StorageFixture {
  open(options?: { now?: () => number; secretBox?: SecretBox }): Storage;
  remove(): Promise<void>;
  /** How many attempts the backend keeps beside their index before it merges them; a few hundred by default. */
  readonly attemptsBesideIndex?: number;
}

/** The suite of every storage, which follows the sentences of the contract. */
export function describeStorage(
  name: string,
  createFixture: () => StorageFixture | Promise<StorageFixture>,
): void {
  describe(name, () => {
    let fixture: StorageFixture;
    let world: StorageWorld;
    const suite: Suite = {
      get world() {
        return world;
      },
      get attemptsBesideIndex() {
        return fixture.attemptsBesideIndex ?? 600;
      },
      async restart(options) {
        await world.storage.stop();
        world.storage = fixture.open(options);
        await world.storage.start();
        await joinFleet(world.storage);
      },
    };

    beforeEach(async () => {
      fixture = await createFixture();
      world = new StorageWorld(fixture.open());
      await world.begin();
    });
    afterEach(async () => {
      await world.storage.stop();
      await fixture.remove();
    });

    describe('listeners', () => {
      describeListeners(suite);
    });

    describe('access', () => {
      describeAccess(suite);
    });
    describe('the audit', () => {
      describeAudit(suite);
    });
    describe('acceptMessages', () => {
      describeAcceptance(suite);
    });
    describe('configuration', () => {
      describeConfiguration(suite);
    });
    describe('claims', () => {
      describeClaims(suite);
    });
    describe('deliveries that are accepted claimed', () => {
      describeFirstClaims(suite);
    });
    describe('the backlog', () => {
      describeBacklog(suite);
    });
    describe('records', () => {
      describeRecords(suite);
    });
    describe('repositories', () => {
      describeRepositories(suite);
    });
    describe('kept answers', () => {
      describeKeptAnswers(suite);
    });
    describe('statistics', () => {
      describeStatistics(suite);
    });
    describe('operational events', () => {
      describeOperationalEvents(suite);
    });
    describe('lists', () => {
      describeLists(suite);
    });
    describe('lists with filters', () => {
      describeFilters(suite);
    });
    describe('retention', () => {
      describeRetention(suite);
    });
    describe('undelivered messages', () => {
      describeUndelivered(suite);
    });
    describe('messages of an endpoint', () => {
      describeOwedMessages(suite);
    });
    describe('repair', () => {
      describeTasks(suite);
    });
    describe('start and stop', () => {
      describeRestart(suite);
    });
  });
}
