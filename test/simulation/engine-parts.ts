import type { Engine } from '../../src/delivery/delivery.ts';
import type { HttpClient } from '../../src/delivery/http-client/http-client.ts';
import type { DeliveryLimits } from '../../src/delivery/limits.ts';
import type { Clock, Random } from '../../src/domain/clock.ts';
import type { Ids } from '../../src/domain/ids.ts';
import type { DeliveryPolicy } from '../../src/domain/policy.ts';
import type { Queue } from '../../src/queue/queue.ts';
import type { EndpointCache, Storage } from '../../src/storage/storage.ts';

/** The parts that an engine gets in a simulated world. */
export interface EngineParts {
  readonly storage: Storage;
  readonly queue: Queue;
  readonly endpointCache: EndpointCache;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly policy: DeliveryPolicy;
  readonly concurrency: number;
  readonly endpointConcurrency: number;
  readonly httpClient: HttpClient;
  readonly limits: DeliveryLimits;
  readonly onError: (error: unknown) => void;
}

/** Creates the engine under test, or one with a planted fault. */
export type CreateEngine = (parts: EngineParts) => Engine;
