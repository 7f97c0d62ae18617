import type { Clock } from '../../src/domain/clock.ts';
import type { EndpointCache, Storage } from '../../src/storage/storage.ts';
import type { CreateEngine, EngineParts } from './engine-parts.ts';

/** Replaces parts of a process; absent members replace nothing. */
export interface Plant {
  /** Wraps the part that the engine and the operations get. */
  readonly storage?: (storage: Storage) => Storage;
  /** Wraps the part that the engine and the operations get. */
  readonly endpointCache?: (cache: EndpointCache) => EndpointCache;
  readonly clock?: (clock: Clock) => Clock;
  readonly parts?: (parts: EngineParts) => EngineParts;
  readonly engine?: (create: CreateEngine) => CreateEngine;
}
