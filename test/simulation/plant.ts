import type { Clock } from '../../src/domain/clock.ts';
import type { EndpointCache, Storage } from '../../src/storage/storage.ts';
import type { CreateEngine, EngineParts } from './engine-parts.ts';

/** Replaces parts of a process. What is absent stays as it is. */
export interface Plant {
  /** For the engine and the operations. */
  readonly storage?: (storage: Storage) => Storage;
  /** For the engine and the operations. */
  readonly endpointCache?: (cache: EndpointCache) => EndpointCache;
  readonly clock?: (clock: Clock) => Clock;
  readonly parts?: (parts: EngineParts) => EngineParts;
  readonly engine?: (create: CreateEngine) => CreateEngine;
}
