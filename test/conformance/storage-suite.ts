import type { SecretBox } from '../../src/storage/secret-box.ts';
import type { StorageWorld } from '../support/storage-world.ts';

/** The argument of each part of the suite. `world` is new and started in each test. */
export interface Suite {
  readonly world: StorageWorld;
  /** Stops the storage and opens a new one on the same database, as after a restart. */
  restart(options?: { now?: () => number; secretBox?: SecretBox }): Promise<void>;
  /** The number of attempts that a backend keeps beside their index before it merges them. */
  readonly attemptsBesideIndex?: number;
}
