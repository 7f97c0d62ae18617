import { describe, expect, it } from 'vitest';
import { createSecretBox } from '../../src/storage/secret-box.ts';
import {
  makeApplication,
  makeEndpoint,
  makeEventType,
  NOW,
  ORGANIZATION,
} from '../support/storage-world.ts';
import type { Suite } from './storage-suite.ts';

const FULL_POLICY = {
  retryScheduleMs: [1, 2],
  timeoutMs: 5,
  success: '200',
  disable: { kind: 'count', failedAttempts: 3 },
} as const;

export function describeRepositories(suite: Suite): void {
  describe('applications', () => {
    const full = makeApplication({
      id: 'app_full',
      uid: 'customer 1',
      rateLimit: 10,
      metadata: { plan: 'gold', 'ő"': '😀' },
      policy: FULL_POLICY,
    });

    it('are found by id and by uid, in their organization', async () => {
      const { applications } = suite.world.storage;
      await applications.create(full);
      expect(await applications.get(ORGANIZATION, 'app_full')).toEqual(full);
      expect(await applications.get(ORGANIZATION, 'customer 1')).toEqual(full);
      expect(await applications.get('org_2', 'app_full')).toBeNull();
      expect(await applications.get(ORGANIZATION, 'nobody')).toBeNull();
    });

    it('are found by id before uid', async () => {
      const { applications } = suite.world.storage;
      await applications.create(full);
      await applications.create(makeApplication({ id: 'app_0', uid: 'app_full' }));
      expect(await applications.get(ORGANIZATION, 'app_full')).toEqual(full);
    });

    it('have a uid that is unique in the organization', async () => {
      const { applications } = suite.world.storage;
      await applications.create(full);
      const other = makeApplication({ id: 'app_other' });
      await applications.create(other);
      const same = { ...other, id: 'app_same', uid: full.uid };
      await expect(applications.create(same)).rejects.toMatchObject({ code: 'conflict' });
      await expect(applications.update({ ...other, uid: full.uid }, other)).rejects.toMatchObject({
        code: 'conflict',
      });
      expect(await applications.get(ORGANIZATION, 'app_same')).toBeNull();
      await applications.create({ ...same, organizationId: 'org_2' });
    });

    it('fail alone in a batch', async () => {
      const { applications } = suite.world.storage;
      const results = await Promise.allSettled([
        applications.create(full),
        applications.create({ ...full, id: 'app_same' }),
        applications.create({ ...full, id: 'app_free', uid: null }),
      ]);
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(await applications.get(ORGANIZATION, 'app_free')).not.toBeNull();
    });

    it('are replaced', async () => {
      const { applications } = suite.world.storage;
      await applications.create(makeApplication({ id: 'app_full' }));
      const changed = { ...full, name: 'New', updatedAt: NOW + 1 };
      expect(await applications.update(changed, full)).toBe(true);
      expect(await applications.get(ORGANIZATION, 'app_full')).toEqual(changed);
      expect(await applications.update({ ...changed, id: 'app_gone' }, changed)).toBe(false);
      expect(await applications.update({ ...changed, organizationId: 'org_2' }, changed)).toBe(
        false,
      );
    });

    it('are hidden with their endpoints when deleted, and their uid is free again', async () => {
      const { world } = suite;
      const { applications, endpoints } = world.storage;
      await applications.create(full);
      const endpoint = await world.createEndpoint({ applicationId: full.id });
      expect(await applications.delete('org_2', full.id, NOW)).toBe(false);
      expect(await endpoints.get(full.id, endpoint.id)).toEqual(endpoint);

      expect(await applications.delete(ORGANIZATION, full.id, NOW)).toBe(true);
      expect(await applications.delete(ORGANIZATION, full.id, NOW)).toBe(false);
      expect(await applications.get(ORGANIZATION, full.id)).toBeNull();
      expect(await applications.update(full, full)).toBe(false);
      expect(await endpoints.get(full.id, endpoint.id)).toBeNull();
      expect(await endpoints.all(full.id)).toEqual([]);
      await applications.create({ ...full, id: 'app_next' });
      expect(await applications.get(ORGANIZATION, 'customer 1')).toMatchObject({ id: 'app_next' });
    });
  });

  describe('endpoints', () => {
    const full = makeEndpoint({
      id: 'ep_full',
      uid: 'mine',
      description: 'Über',
      eventTypes: ['a.b', 'c'],
      channels: ['eu'],
      filter: { not: { path: '/ő', oneOf: ['a', 1, null] } },
      metadata: { a: 'b' },
      headers: { 'X-Custom': 'yes' },
      authentication: { type: 'basic', username: 'ű', password: 'p' },
      tls: { identity: 'pem', authorities: null },
      signature: {
        headers: { 'X-Sum': '{signature}' },
        content: '{body}',
        algorithm: 'hmac-sha1',
        encoding: 'hex',
        secret: 's',
        join: null,
      },
      transformation: {
        code: 'function handler(webhook) { return webhook; } // ű',
        enabled: true,
        variables: { a: 'b' },
        updatedAt: NOW,
      },
      secrets: [
        { key: 'whsec_new', expiresAt: null },
        { key: 'whsk_old', expiresAt: NOW + 5 },
      ],
      rateLimit: 3,
      concurrency: 2,
      ordered: true,
      policy: FULL_POLICY,
      disabled: { at: NOW, reason: 'manual' },
    });

    it('in trouble are listed over all applications, those longest in trouble first', async () => {
      const { world } = suite;
      const { endpoints } = world.storage;
      const other = await world.createApplication();
      const health = { lastFailedAt: NOW, failedCount: 3 };
      const failing = { ...health, failingSince: NOW - 10 };
      const well = { ...health, failingSince: null };
      for (const given of [
        { id: 'ep_well', health: well },
        { id: 'ep_failing', health: failing },
        { id: 'ep_paused', pausedAt: NOW - 20 },
        {
          id: 'ep_disabled',
          applicationId: other.id,
          disabled: { at: NOW - 30, reason: 'gone' as const },
        },
        { id: 'ep_deleted', health: failing },
        { id: 'ep_elsewhere', organizationId: 'org_2', health: failing },
      ]) {
        await world.createEndpoint(given);
      }
      await endpoints.delete(world.application.id, 'ep_deleted', NOW);
      const found = await endpoints.troubled(ORGANIZATION, 10);
      expect(found.map(({ endpoint }) => endpoint.id)).toEqual([
        'ep_disabled',
        'ep_paused',
        'ep_failing',
      ]);
      expect(found[0]).toMatchObject({
        applicationName: other.name,
        endpoint: { disabled: { at: NOW - 30, reason: 'gone' } },
      });
      expect(await endpoints.troubled(ORGANIZATION, 1)).toHaveLength(1);
      expect(await endpoints.troubled('org_3', 10)).toEqual([]);
      expect(await endpoints.count(ORGANIZATION)).toMatchObject({ disabled: 1 });
      expect(await endpoints.count('org_3')).toEqual({ enabled: 0, disabled: 0 });
      const counted = await endpoints.countApplications(ORGANIZATION, 'all');
      expect(await endpoints.countApplications(ORGANIZATION, 'enabled')).toBe(counted - 1);
    });

    it('keep every member', async () => {
      const { endpoints } = suite.world.storage;
      await endpoints.create(full);
      expect(await endpoints.get(full.applicationId, 'ep_full')).toEqual(full);
      expect(await endpoints.get('app_1', 'mine')).toEqual(full);
      expect(await endpoints.get('app_1', 'ep_full')).toEqual(full);
      expect(await endpoints.get('app_2', 'ep_full')).toBeNull();
      expect(await endpoints.all('app_1')).toEqual([full]);
    });

    it('are found by id before uid', async () => {
      const { endpoints } = suite.world.storage;
      await endpoints.create(full);
      await endpoints.create(makeEndpoint({ id: 'ep_0', uid: 'ep_full' }));
      expect(await endpoints.get('app_1', 'ep_full')).toEqual(full);
    });

    it('have a uid that is unique in the application', async () => {
      const { endpoints } = suite.world.storage;
      await endpoints.create(full);
      const same = { ...full, id: 'ep_same' };
      await expect(endpoints.create(same)).rejects.toMatchObject({ code: 'conflict' });
      await endpoints.create({ ...same, applicationId: 'app_2' });
      await endpoints.create({ ...same, id: 'ep_third', uid: 'third' });
      await expect(endpoints.update({ ...same, id: 'ep_third' }, same)).rejects.toMatchObject({
        code: 'conflict',
      });
    });

    it('with a value that the column cannot store are rejected, but not as a conflict', async () => {
      const { endpoints } = suite.world.storage;
      await expect(
        endpoints.create({ ...full, description: null as unknown as string }),
      ).rejects.toMatchObject({ code: 'storage_rejected' });
      await endpoints.create(full);
      await expect(
        endpoints.update({ ...full, rateLimit: 'fast' as unknown as number }, full),
      ).rejects.toMatchObject({ code: 'storage_rejected' });
      expect(await endpoints.get(full.applicationId, full.id)).toEqual(full);
    });

    it('are replaced, and hidden when deleted', async () => {
      const { endpoints } = suite.world.storage;
      await endpoints.create(full);
      const changed = { ...full, url: 'https://example.com/2', uid: null, eventTypes: null };
      expect(await endpoints.update(changed, full)).toBe(true);
      expect(await endpoints.get(full.applicationId, full.id)).toEqual(changed);
      expect(await endpoints.update({ ...changed, applicationId: 'app_2' }, changed)).toBe(false);

      expect(await endpoints.delete('app_2', full.id, NOW)).toBe(false);
      expect(await endpoints.delete('app_1', full.id, NOW)).toBe(true);
      expect(await endpoints.delete('app_1', full.id, NOW)).toBe(false);
      expect(await endpoints.update(changed, full)).toBe(false);
      expect(await endpoints.get(full.applicationId, full.id)).toBeNull();
      await endpoints.create({ ...full, id: 'ep_next' });
      expect(await endpoints.get('app_1', 'mine')).toMatchObject({ id: 'ep_next' });
    });

    it('have encrypted secrets when the storage has a secret box', async () => {
      const secretBox = createSecretBox(Buffer.alloc(32, 7));
      await suite.restart({ secretBox });
      const secretive = { ...full, url: 'https://user:password@example.com/' };
      await suite.world.storage.endpoints.create(secretive);
      expect(await suite.world.storage.endpoints.get(full.applicationId, full.id)).toEqual(
        secretive,
      );

      await suite.restart();
      await expect(
        suite.world.storage.endpoints.get(full.applicationId, full.id),
      ).rejects.toMatchObject({
        code: 'configuration',
      });
    });
  });

  describe('event types', () => {
    const full = makeEventType({
      name: 'invoice.paid',
      deprecated: true,
      featureFlags: ['beta', 'gamma'],
      groupName: 'invoices',
      schemas: { 1: { type: 'object' } },
    });

    it('are found by name in their organization', async () => {
      const { eventTypes } = suite.world.storage;
      await eventTypes.create(full);
      expect(await eventTypes.get(ORGANIZATION, 'invoice.paid')).toEqual(full);
      expect(await eventTypes.get('org_2', 'invoice.paid')).toBeNull();
      await expect(eventTypes.create(full)).rejects.toMatchObject({ code: 'conflict' });
      await eventTypes.create({ ...full, organizationId: 'org_2' });
    });

    it('are found by several names', async () => {
      const { eventTypes } = suite.world.storage;
      await eventTypes.create(full);
      await eventTypes.create({ ...full, name: 'a', archived: true, featureFlags: [] });
      await eventTypes.create({ ...full, name: 'b', organizationId: 'org_2' });
      const names = ['a', 'b', 'invoice.paid', ...Array.from({ length: 997 }, (_, i) => `n${i}`)];
      expect(await eventTypes.existing(ORGANIZATION, names)).toHaveLength(2);
      expect(await eventTypes.existing(ORGANIZATION, names)).toEqual(
        expect.arrayContaining([
          { name: 'a', archived: true, featureFlags: [] },
          { name: full.name, archived: false, featureFlags: ['beta', 'gamma'] },
        ]),
      );
    });

    it('are replaced and deleted', async () => {
      const { eventTypes } = suite.world.storage;
      await eventTypes.create(full);
      const changed = { ...full, archived: true, schemas: null, description: '' };
      expect(await eventTypes.update(changed, full)).toBe(true);
      expect(await eventTypes.get(ORGANIZATION, full.name)).toEqual(changed);
      expect(await eventTypes.update({ ...changed, name: 'other' }, changed)).toBe(false);
      expect(await eventTypes.delete(ORGANIZATION, full.name)).toBe(true);
      expect(await eventTypes.delete(ORGANIZATION, full.name)).toBe(false);
      expect(await eventTypes.get(ORGANIZATION, full.name)).toBeNull();
    });
  });

  it('are not replaced when they were changed since they were read', async () => {
    const { applications, endpoints, eventTypes } = suite.world.storage;
    const application = makeApplication({ id: 'app_edited' });
    const endpoint = makeEndpoint({ id: 'ep_edited', applicationId: application.id });
    const eventType = makeEventType({ name: 'edited' });
    await applications.create(application);
    await endpoints.create(endpoint);
    await eventTypes.create(eventType);
    const later = { updatedAt: NOW + 1 };
    const replace = async (description: string) => [
      await applications.update({ ...application, ...later, name: description }, application),
      await endpoints.update({ ...endpoint, ...later, description }, endpoint),
      await eventTypes.update({ ...eventType, ...later, description }, eventType),
    ];
    expect(await replace('one')).toEqual([true, true, true]);
    expect(await replace('two')).toEqual([false, false, false]);
    expect((await endpoints.get(application.id, endpoint.id))?.description).toBe('one');
  });

  describe('messages', () => {
    it('are found by id, else by uid, in their application', async () => {
      const { world } = suite;
      const { messages } = world.storage;
      const id = await world.accept([], { uid: 'first' });
      await world.accept([], { uid: id });
      expect(await messages.get(world.application.id, 'first')).toMatchObject({ id });
      expect(await messages.get(world.application.id, id)).toMatchObject({ id });
      expect(await messages.get('app_other', id)).toBeNull();
    });

    it('have deliveries with their endpoints, deleted ones included', async () => {
      const { world } = suite;
      const kept = await world.createEndpoint();
      const deleted = await world.createEndpoint();
      const messageId = await world.accept([kept.id, deleted.id]);
      await world.storage.endpoints.delete(world.application.id, deleted.id, NOW);
      const page = await world.storage.messages.deliveries(world.application.id, messageId, {
        limit: 10,
        order: 'ascending',
      });
      expect(page.done).toBe(true);
      expect(page.data.map(({ endpoint }) => endpoint)).toEqual([kept, deleted]);
      expect(page.data.map(({ delivery }) => delivery.endpointId)).toEqual([kept.id, deleted.id]);
      expect(await world.delivery(messageId, 'ep_unknown')).toBeNull();
      const to = (ids: string[]) =>
        world.storage.messages.deliveriesTo(world.application.id, messageId, ids);
      expect(await to([kept.id, 'ep_unknown'])).toEqual([page.data[0]?.delivery]);
    });
  });
}
