import { LRUCache } from 'lru-cache';
import { boundedCache } from '../bounded-cache.ts';
import type { Application } from '../domain/application.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import type { EndpointCache, EndpointInContext, IdOrUid, Storage } from './storage.ts';

interface EndpointSet {
  readonly list: readonly Endpoint[];
  readonly byId: ReadonlyMap<string, Endpoint>;
}

// About 1 kB per application or endpoint.
const CACHED_APPLICATIONS = 10_000;
const CACHED_ENDPOINTS = 20_000;

/**
 * Returns cached rows at once and reads the others; concurrent misses share one read. While the storage
 * can't report changes of other processes (`Changes.isCurrent`), every call reads.
 */
export function createEndpointCache({
  applications: applicationRows,
  endpoints: endpointRows,
  changes,
}: Pick<Storage, 'applications' | 'endpoints' | 'changes'>): EndpointCache {
  const idsByUid = boundedCache<string>(CACHED_APPLICATIONS);
  const applications = boundedCache<Application>(CACHED_APPLICATIONS);
  const endpointSets = new LRUCache<string, EndpointSet>({
    maxSize: CACHED_ENDPOINTS,
    sizeCalculation: ({ list }) => list.length + 1,
  });
  const applicationLoads = new Loads<Application | null>();
  const endpointLoads = new Loads<EndpointSet>();
  changes.subscribe((change) => {
    if (change.kind === 'application') invalidate(change.applicationId);
    if (change.kind === 'gap') forgetAll();
  });

  function cachedApplication(organizationId: string, id: IdOrUid): Application | undefined {
    if (!changes.isCurrent()) return undefined;
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
      () => applicationRows.get(organizationId, id),
      (application) => {
        if (application === null) return;
        if (application.id !== id) idsByUid.set(key, application.id);
        applications.set(application.id, application);
      },
    );
  }

  function loadEndpoints(applicationId: string): Promise<EndpointSet> {
    return endpointLoads.share(
      applicationId,
      async () => endpointSet(await endpointRows.all(applicationId)),
      (set) => endpointSets.set(applicationId, set),
    );
  }

  function cachedEndpoints(applicationId: string): EndpointSet | undefined {
    return changes.isCurrent() ? endpointSets.get(applicationId) : undefined;
  }

  function invalidate(applicationId: string): void {
    applications.delete(applicationId);
    endpointSets.delete(applicationId);
    applicationLoads.outdate();
    endpointLoads.outdate();
  }

  function forgetAll(): void {
    applications.clear();
    endpointSets.clear();
    applicationLoads.outdate();
    endpointLoads.outdate();
  }

  async function loadEndpoint(
    applicationId: string,
    endpointId: string,
  ): Promise<EndpointInContext | null> {
    const set = cachedEndpoints(applicationId) ?? (await loadEndpoints(applicationId));
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
      cachedEndpoints(applicationId)?.list ?? loadEndpoints(applicationId).then(({ list }) => list),

    endpoint(applicationId, endpointId) {
      const set = cachedEndpoints(applicationId);
      const endpoint = set?.byId.get(endpointId);
      if (set !== undefined && endpoint === undefined) return null;
      if (endpoint === undefined) return loadEndpoint(applicationId, endpointId);
      const application = cachedApplication(endpoint.organizationId, applicationId);
      if (application === undefined) return loadEndpoint(applicationId, endpointId);
      return { endpoint, application };
    },

    invalidate,
  };
}

/** Reads that are under way, by key. */
class Loads<T> {
  #underWay = new Map<string, Promise<T>>();

  async share(key: string, load: () => Promise<T>, store: (value: T) => void): Promise<T> {
    const loads = this.#underWay;
    const shared = loads.get(key);
    if (shared !== undefined) return shared;
    const loading = load();
    loads.set(key, loading);
    try {
      const value = await loading;
      if (loads === this.#underWay) store(value);
      return value;
    } finally {
      loads.delete(key);
    }
  }

  /** After a change: the results of reads under way are not cached, and later calls don't share these reads. */
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
