import { DEFAULT_ORGANIZATION_SETTINGS } from '../../src/domain/organization-settings.ts';
import { expect, it } from 'vitest';
import type { ConfigurationChange } from '../../src/storage/storage.ts';
import {
  makeApplication,
  makeEndpoint,
  makeEventType,
  NOW,
  ORGANIZATION,
} from '../support/storage-world.ts';
import type { Suite } from './storage-suite.ts';

const NOTHING: ConfigurationChange = {
  eventTypes: [],
  applications: [],
  endpoints: [],
  settings: null,
  events: [],
  now: NOW,
};

export function describeConfiguration(suite: Suite): void {
  const app = makeApplication({ id: 'app_new', uid: 'new' });
  const endpoint = makeEndpoint({ id: 'ep_new', applicationId: 'app_new', uid: 'hook' });
  const eventType = makeEventType({ name: 'made.here' });
  const created: ConfigurationChange = {
    ...NOTHING,
    eventTypes: [{ kind: 'create', edited: eventType }],
    applications: [{ kind: 'create', edited: app }],
    endpoints: [{ kind: 'create', edited: endpoint }],
  };

  it('creates, replaces and deletes in one call', async () => {
    const { storage } = suite.world;
    expect(await storage.configuration.apply(created)).toBe(true);
    expect(await storage.endpoints.get('app_new', 'hook')).toEqual(endpoint);
    const renamed = { ...app, name: 'Renamed', updatedAt: NOW + 1 };
    const moved = { ...endpoint, url: 'https://example.com/moved', updatedAt: NOW + 1 };
    const changed = await storage.configuration.apply({
      ...NOTHING,
      eventTypes: [{ kind: 'delete', found: eventType }],
      applications: [{ kind: 'update', found: app, edited: renamed }],
      endpoints: [{ kind: 'update', found: endpoint, edited: moved }],
    });
    expect(changed).toBe(true);
    expect(await storage.eventTypes.get(ORGANIZATION, 'made.here')).toBeNull();
    expect(await storage.applications.get(ORGANIZATION, 'new')).toEqual(renamed);
    expect(await storage.endpoints.all('app_new')).toEqual([moved]);
    await storage.configuration.apply({
      ...NOTHING,
      applications: [{ kind: 'delete', found: renamed }],
    });
    expect(await storage.applications.get(ORGANIZATION, 'new')).toBeNull();
    expect(await storage.endpoints.all('app_new')).toEqual([]);
    expect(await storage.configuration.apply(NOTHING)).toBe(true);
  });

  it('has the settings of each organization', async () => {
    const { organizationSettings, configuration } = suite.world.storage;
    expect(await organizationSettings.get(ORGANIZATION)).toBeNull();
    const unchosen = DEFAULT_ORGANIZATION_SETTINGS;
    await organizationSettings.put(ORGANIZATION, { ...unchosen, payloadValidation: 'warn' });
    const other = { ...unchosen, payloadValidation: 'reject', attemptRetentionPeriod: 7 } as const;
    await organizationSettings.put('org_2', other);
    expect(await organizationSettings.get(ORGANIZATION)).toEqual({
      ...unchosen,
      payloadValidation: 'warn',
    });
    const edited = { ...unchosen, payloadRetentionPeriod: 1, messageRetentionPeriod: 2 };
    const settings = { organizationId: ORGANIZATION, edited };
    expect(await configuration.apply({ ...NOTHING, settings })).toBe(true);
    expect(await organizationSettings.get(ORGANIZATION)).toEqual(edited);
    expect(await organizationSettings.get('org_2')).toEqual(other);
    expect(await organizationSettings.withRetention()).toEqual([
      { organizationId: ORGANIZATION, ...edited },
      { organizationId: 'org_2', ...other },
    ]);
  });

  it.each(['application', 'endpoint', 'eventType'] as const)(
    'changes nothing when the %s was changed since it was read',
    async (outdated) => {
      const { storage } = suite.world;
      await storage.configuration.apply(created);
      const seen = <T extends object>(kind: string, row: T): T =>
        kind === outdated ? { ...row, updatedAt: NOW - 1 } : row;
      const more = makeApplication({ id: 'app_more' });
      const answer = {
        organizationId: ORGANIZATION,
        request: 'request',
        fingerprint: '',
        status: 200,
        body: '',
        keptAt: NOW,
      };
      const isApplied = await storage.configuration.apply(
        {
          ...NOTHING,
          eventTypes: [
            {
              kind: 'update',
              found: seen('eventType', eventType),
              edited: { ...eventType, description: 'x' },
            },
          ],
          applications: [
            { kind: 'create', edited: more },
            { kind: 'update', found: seen('application', app), edited: { ...app, name: 'x' } },
          ],
          endpoints: [
            {
              kind: 'update',
              found: seen('endpoint', endpoint),
              edited: { ...endpoint, description: 'x' },
            },
          ],
        },
        answer,
      );
      expect(isApplied).toBe(false);
      expect(await storage.applications.get(ORGANIZATION, 'app_more')).toBeNull();
      expect(await storage.applications.get(ORGANIZATION, 'new')).toEqual(app);
      expect(await storage.endpoints.all('app_new')).toEqual([endpoint]);
      expect(await storage.eventTypes.get(ORGANIZATION, 'made.here')).toEqual(eventType);
      expect(await storage.keptAnswers.get('request', NOW)).toBeNull();
    },
  );

  it('creates nothing when a uid is taken', async () => {
    const { storage } = suite.world;
    await storage.applications.create(makeApplication({ id: 'app_other', uid: 'new' }));
    await expect(storage.configuration.apply(created)).rejects.toMatchObject({ code: 'conflict' });
    expect(await storage.eventTypes.get(ORGANIZATION, 'made.here')).toBeNull();
    expect(await storage.applications.get(ORGANIZATION, 'app_new')).toBeNull();
  });

  it('knows which ids are taken, in any organization and by deleted rows', async () => {
    const { storage } = suite.world;
    const { configuration } = storage;
    const taken = () =>
      Promise.all([
        configuration.isTaken('application', 'app_new'),
        configuration.isTaken('endpoint', 'ep_new'),
        configuration.isTaken('endpoint', 'app_new'),
      ]);
    expect(await taken()).toEqual([false, false, false]);
    const elsewhere = makeApplication({ id: 'app_new', organizationId: 'org_2' });
    await storage.applications.create(elsewhere);
    await storage.endpoints.create({ ...endpoint, organizationId: 'org_2' });
    expect(await taken()).toEqual([true, true, false]);
    await storage.applications.delete('org_2', 'app_new', NOW);
    expect(await taken()).toEqual([true, true, false]);
  });

  it('tells which row was changed since it was read', async () => {
    const { storage } = suite.world;
    await storage.applications.create(app);
    const outdated = { ...app, updatedAt: NOW - 1 };
    const edited = { ...app, name: 'x' };
    const applications = [{ kind: 'update', found: outdated, edited }] as const;
    expect(await storage.configuration.apply({ ...NOTHING, applications })).toBe(false);
  });
}
