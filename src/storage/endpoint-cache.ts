import { LRUCache } from 'lru-cache';
import type { Application } from '../domain/application.ts';
import { systemClock } from '../domain/clock.ts';
import type { Clock } from '../domain/clock.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import type { EndpointCache, EndpointInContext, IdOrUid, Storage } from './storage.ts';

interface EndpointSet {
  readonly list: readonly Endpoint[];
  readonly byId: ReadonlyMap<string, Endpoint>;
}

// About 1 kB per application or endpoint.
const CACHED_APPLICATIONS = 10_000;
const CACHED_ENDPOINTS = 20_000;

// The contract's second, from the beginning of the read on.
const LONGEST_AGE_MS = 1_000;

export interface EndpointCacheOptions {
  /** No other process changes the storage: what is held need not be read again. */
  readonly soleProcess?: boolean;
  readonly clock?: Pick<Clock, 'monotonicMs'>;
}

/** Answers at once what it holds, and reads the rest; concurrent misses share one read. */
export function createEndpointCache(
  storage: Pick<Storage, 'applications' | 'endpoints'>,
  { soleProcess = false, clock = systemClock }: EndpointCacheOptions = {},
): EndpointCache {
  // LRUCache takes zero for no time at all.
  const now = () => clock.monotonicMs() + 1;
  // Reading the clock in each look-up is saved where nothing expires.
  const expiry = soleProcess ? {} : { ttl: LONGEST_AGE_MS, ttlResolution: 0, perf: { now } };
  const idsByUid = new LRUCache<string, string>({ max: CACHED_APPLICATIONS });
  const applications = new LRUCache<string, Application>({ max: CACHED_APPLICATIONS, ...expiry });
  const endpointSets = new LRUCache<string, EndpointSet>({
    maxSize: CACHED_ENDPOINTS,
    sizeCalculation: ({ list }) => list.length + 1,
    ...expiry,
  });
  const applicationLoads = new Loads<Application | null>(now);
  const endpointLoads = new Loads<EndpointSet>(now);

  function cachedApplication(organizationId: string, id: IdOrUid): Application | undefined {
    const byId = applications.get(id);
    if (byId?.organizationId === organizationId) return byId;
    const known = idsByUid.get(keyOf(organizationId, id));
    const application = known === undefined ? undefined : applications.get(known);
    // The uid may have moved to another application since.
    return application?.uid === id ? application : undefined;
  }

  function loadApplication(organizationId: string, id: IdOrUid): Promise<Application | null> {
    const key = keyOf(organizationId, id);
    return applicationLoads.share(
      key,
      () => storage.applications.get(organizationId, id),
      (application, start) => {
        if (application === null) return;
        if (application.id !== id) idsByUid.set(key, application.id);
        applications.set(application.id, application, { start });
      },
    );
  }

  function loadEndpoints(applicationId: string): Promise<EndpointSet> {
    return endpointLoads.share(
      applicationId,
      async () => endpointSet(await storage.endpoints.all(applicationId)),
      (set, start) => endpointSets.set(applicationId, set, { start }),
    );
  }

  async function loadEndpoint(
    applicationId: string,
    endpointId: string,
  ): Promise<EndpointInContext | null> {
    const set = endpointSets.get(applicationId) ?? (await loadEndpoints(applicationId));
    const endpoint = set.byId.get(endpointId);
    if (endpoint === undefined) return null;
    const application =
      cachedApplication(endpoint.organizationId, applicationId) ??
      (await loadApplication(endpoint.organizationId, applicationId));
    return application === null ? null : { endpoint, application };
  }

  return {
    application: (organizationId, id) =>
      cachedApplication(organizationId, id) ?? loadApplication(organizationId, id),

    endpoints: (applicationId) =>
      endpointSets.get(applicationId)?.list ??
      loadEndpoints(applicationId).then(({ list }) => list),

    endpoint(applicationId, endpointId) {
      const set = endpointSets.get(applicationId);
      const endpoint = set?.byId.get(endpointId);
      if (set !== undefined && endpoint === undefined) return null;
      if (endpoint === undefined) return loadEndpoint(applicationId, endpointId);
      const application = cachedApplication(endpoint.organizationId, applicationId);
      if (application === undefined) return loadEndpoint(applicationId, endpointId);
      return { endpoint, application };
    },

    invalidate(applicationId) {
      applications.delete(applicationId);
      endpointSets.delete(applicationId);
      applicationLoads.outdate();
      endpointLoads.outdate();
    },
  };
}

/** Reads that are under way, by key. */
class Loads<T> {
  readonly #now: () => number;
  #underWay = new Map<string, Promise<T>>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** `store` is told when the read began: a change may have been made since. */
  async share(
    key: string,
    load: () => Promise<T>,
    store: (value: T, startMs: number) => void,
  ): Promise<T> {
    const loads = this.#underWay;
    const shared = loads.get(key);
    if (shared !== undefined) return shared;
    const startMs = this.#now();
    const loading = load();
    loads.set(key, loading);
    try {
      const value = await loading;
      if (loads === this.#underWay) store(value, startMs);
      return value;
    } finally {
      loads.delete(key);
    }
  }

  /** What was read before a change is not stored, and nobody who comes after it shares the read. */
  outdate(): void {
    this.#underWay = new Map();
  }
}

function endpointSet(list: readonly Endpoint[]): EndpointSet {
  return { list, byId: new Map(list.map((endpoint) => [endpoint.id, endpoint])) };
}

function keyOf(organizationId: string, id: IdOrUid): string {
  return `${organizationId}\n${id}`;
}
