import { beforeEach, expect, it } from 'vitest';
import { makeApplication, makeEndpoint, ORGANIZATION } from '../../test/support/storage-world.ts';
import type { Application } from '../domain/application.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import { createEndpointCache } from './endpoint-cache.ts';
import type { Change, EndpointCache, Storage } from './storage.ts';

let applications: Application[];
let endpoints: Endpoint[];
let reads: number;
let gate: Promise<void>;
let endpointCache: EndpointCache;
let tell: (change: Change) => void;
let isCurrent: boolean;

beforeEach(() => {
  applications = [makeApplication({ uid: 'acme' })];
  endpoints = [makeEndpoint()];
  reads = 0;
  gate = Promise.resolve();
  isCurrent = true;
  endpointCache = createEndpointCache(createReadings());
});

it('answers at once with endpoints that it has read', async () => {
  const [application] = applications;
  const [endpoint] = endpoints;
  expect(await endpointCache.application(ORGANIZATION, 'app_1')).toBe(application);
  expect(endpointCache.application(ORGANIZATION, 'app_1')).toBe(application);
  expect(await endpointCache.endpoints('app_1')).toEqual([endpoint]);
  expect(endpointCache.endpoints('app_1')).toEqual([endpoint]);
  expect(endpointCache.endpoint('app_1', 'ep_1')).toEqual({ endpoint, application });
  expect(endpointCache.endpoint('app_1', 'ep_2')).toBeNull();
  expect(reads).toBe(2);
});

it('reads an endpoint together with its application', async () => {
  expect(await endpointCache.endpoint('app_1', 'ep_1')).toEqual({
    endpoint: endpoints[0],
    application: applications[0],
  });
  expect(await endpointCache.endpoint('app_1', 'ep_2')).toBeNull();
  applications = [];
  endpointCache.invalidate('app_1');
  expect(await endpointCache.endpoint('app_1', 'ep_1')).toBeNull();
});

it('shares one read among simultaneous misses', async () => {
  const [one, two] = await Promise.all([
    endpointCache.application(ORGANIZATION, 'acme'),
    endpointCache.application(ORGANIZATION, 'acme'),
  ]);
  expect(one).toBe(two);
  expect(reads).toBe(1);
});

it('forgets endpoints that another process changed', async () => {
  const read = async () => [
    (await endpointCache.application(ORGANIZATION, 'acme'))?.name,
    (await endpointCache.endpoint('app_1', 'ep_1'))?.endpoint.url,
  ];
  const before = await read();
  applications = [makeApplication({ uid: 'acme', name: 'changed' })];
  endpoints = [makeEndpoint({ url: 'https://example.com/changed' })];
  tell({ kind: 'application', applicationId: 'app_2', endpointIds: [] });
  expect(await read()).toEqual(before);
  tell({ kind: 'application', applicationId: 'app_1', endpointIds: [] });
  expect(await read()).toEqual(['changed', 'https://example.com/changed']);
});

it('forgets everything when changes may have been missed', async () => {
  await endpointCache.application(ORGANIZATION, 'acme');
  await endpointCache.endpoints('app_1');
  tell({ kind: 'gap' });
  await endpointCache.application(ORGANIZATION, 'acme');
  await endpointCache.endpoints('app_1');
  expect(reads).toBe(4);
});

it('reads everything again while it does not hear of changes', async () => {
  await endpointCache.endpoints('app_1');
  isCurrent = false;
  await endpointCache.endpoints('app_1');
  await endpointCache.endpoints('app_1');
  expect(reads).toBe(3);
  isCurrent = true;
  await endpointCache.endpoints('app_1');
  expect(reads).toBe(3);
});

it('keeps organizations apart', async () => {
  expect(await endpointCache.application(ORGANIZATION, 'app_1')).not.toBeNull();
  expect(await endpointCache.application('org_2', 'app_1')).toBeNull();
});

it('shows a change to the first call after the notice', async () => {
  await endpointCache.application(ORGANIZATION, 'app_1');
  await endpointCache.endpoints('app_1');
  applications = [makeApplication({ name: 'New' })];
  endpoints = [];
  endpointCache.invalidate('app_1');
  expect(await endpointCache.application(ORGANIZATION, 'app_1')).toMatchObject({ name: 'New' });
  expect(await endpointCache.endpoints('app_1')).toEqual([]);
});

it('neither keeps nor shares reads from before a change', async () => {
  let open = () => {};
  gate = new Promise((resolve) => {
    open = resolve;
  });
  const before = endpointCache.endpoints('app_1');
  const beforeToo = endpointCache.application(ORGANIZATION, 'app_1');
  endpoints = [makeEndpoint({ url: 'https://example.com/new' })];
  applications = [makeApplication({ name: 'New' })];
  endpointCache.invalidate('app_1');
  const after = endpointCache.endpoints('app_1');
  open();
  await Promise.all([before, beforeToo]);
  expect(await after).toMatchObject([{ url: 'https://example.com/new' }]);
  expect(endpointCache.endpoints('app_1')).toMatchObject([{ url: 'https://example.com/new' }]);
  expect(await endpointCache.application(ORGANIZATION, 'app_1')).toMatchObject({ name: 'New' });
});

it('follows a uid from one application to another', async () => {
  expect(await endpointCache.application(ORGANIZATION, 'acme')).toMatchObject({ id: 'app_1' });
  applications = [makeApplication(), makeApplication({ id: 'app_2', uid: 'acme' })];
  endpointCache.invalidate('app_1');
  expect(await endpointCache.application(ORGANIZATION, 'app_1')).toMatchObject({ id: 'app_1' });
  expect(await endpointCache.application(ORGANIZATION, 'acme')).toMatchObject({ id: 'app_2' });
});

it('does not remember that an endpoint does not exist', async () => {
  expect(await endpointCache.application(ORGANIZATION, 'app_2')).toBeNull();
  applications.push(makeApplication({ id: 'app_2' }));
  expect(await endpointCache.application(ORGANIZATION, 'app_2')).toMatchObject({ id: 'app_2' });
});

it('passes a failed read on, and reads again', async () => {
  gate = Promise.reject(new Error('away'));
  await expect(endpointCache.endpoints('app_1')).rejects.toThrow('away');
  gate = Promise.resolve();
  expect(await endpointCache.endpoints('app_1')).toEqual(endpoints);
});

/** A storage that reads at the call, and answers when the gate opens. */
function createReadings() {
  return {
    applications: {
      async get(organizationId: string, id: string) {
        reads++;
        const owned = applications.filter((found) => found.organizationId === organizationId);
        await gate;
        return owned.find((found) => found.id === id || found.uid === id) ?? null;
      },
    },
    endpoints: {
      async all(applicationId: string) {
        reads++;
        const owned = endpoints.filter((found) => found.applicationId === applicationId);
        await gate;
        return owned;
      },
    },
    changes: {
      subscribe: (listener: (change: Change) => void) => void (tell = listener),
      isCurrent: () => isCurrent,
    },
  } as unknown as Pick<Storage, 'applications' | 'changes' | 'endpoints'>;
}
