import type { SecretBox } from '../../src/storage/secret-box.ts';
import type { StorageWorld } from '../support/storage-world.ts';

/** What the parts of the suite are given; `world` is new and started in each test. */
export interface Suite {
  readonly world: StorageWorld;
  /** Stops the storage and goes on with a new one on the same database, as after a restart. */
  restart(options?: { now?: () => number; secretBox?: SecretBox }): Promise<void>;
  /** A test of merging writes more attempts than that. */
  readonly attemptsBesideIndex?: number;
}
