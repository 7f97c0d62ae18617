import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../src/domain/audit.ts';
import { firstId } from '../../src/domain/ids.ts';
import type { AuditFilter, NewAudit, PageRequest } from '../../src/storage/storage.ts';
import {
  NOW,
  ORGANIZATION,
  makeApplication,
  makeEndpoint,
  makeEventType,
  makeTask,
} from '../support/storage-world.ts';
import type { Suite } from './storage-suite.ts';

const DAY_MS = 86_400_000;

export function describeAudit(suite: Suite): void {
  let made = 0;
  const entry = (given: Partial<AuditEntry> = {}): AuditEntry => {
    const at = given.at ?? NOW;
    return {
      id: firstId('audit', at).slice(0, -6) + String(++made).padStart(6, '0'),
      organizationId: ORGANIZATION,
      applicationId: null,
      at,
      actor: { kind: 'key', id: 'key_1', name: 'Ä person' },
      operation: 'endpoints.patch',
      objects: { endpointId: 'ep_1' },
      ...given,
    };
  };
  const audit = (operation: string): NewAudit => ({
    entry: entry({ operation }),
    keptMs: 90 * DAY_MS,
  });
  const list = async (filter: AuditFilter = {}, page: Partial<PageRequest> = {}) => {
    const given = { limit: 100, order: 'ascending' as const, ...page, filter };
    return (await suite.world.storage.audit.list(ORGANIZATION, given)).data;
  };
  const operations = async () => (await list()).map(({ operation }) => operation);

  it('is written with each change', async () => {
    const { world } = suite;
    const { storage, application } = world;
    const { applications, endpoints, eventTypes, tasks, apiKeys, revocations } = storage;
    const given = { id: 'app_new', uid: 'new' };
    const app = makeApplication(given);
    await applications.create(app, undefined, audit('application'));
    const renamed = { ...app, updatedAt: NOW + 1 };
    expect(await applications.update(renamed, app, audit('application edit'))).toBe(true);
    const gone = await applications.delete(ORGANIZATION, app.id, NOW, audit('application end'));
    expect(gone).toBe(true);

    const endpoint = makeEndpoint({ id: 'ep_new', applicationId: application.id });
    await endpoints.create(endpoint, undefined, undefined, audit('endpoint'));
    const edited = { ...endpoint, updatedAt: NOW + 1 };
    expect(
      await endpoints.update(edited, endpoint, undefined, undefined, audit('endpoint edit')),
    ).toBe(true);
    const messageId = await world.accept([endpoint.id]);
    const delivery = { messageId, endpointId: endpoint.id, applicationId: application.id };
    await storage.scheduleDelivery(
      { ...delivery, dueAt: NOW, trigger: 'manual' },
      undefined,
      audit('resend'),
    );
    const { id } = await world.record(await world.claimOne(), { state: 'delivered' });
    const one = { ...delivery, messageIds: [messageId], standings: ['delivered'] as const };
    await storage.changeDeliveries(
      { ...one, effect: 'schedule', now: NOW, move: null },
      undefined,
      audit('deliveries'),
    );
    expect(await storage.attempts.expungeResponse(messageId, id, audit('response'))).toBe(true);
    await storage.cancelMessage(application.id, messageId, undefined, audit('cancel'));
    const expunged = [messageId];
    expect(await storage.expunge(application.id, expunged, undefined, audit('payload'))).toEqual(
      expunged,
    );
    expect(
      await endpoints.delete(application.id, endpoint.id, NOW, undefined, audit('endpoint end')),
    ).toBe(true);

    const type = makeEventType({ name: 'made' });
    await eventTypes.create(type, undefined, audit('type'));
    const archived = { ...type, archived: true, updatedAt: NOW + 1 };
    expect(await eventTypes.update(archived, type, undefined, audit('type edit'))).toBe(true);
    expect(await eventTypes.delete(ORGANIZATION, 'made', audit('type end'))).toBe(true);
    const task = makeTask({ status: 'running' });
    await tasks.create(task, undefined, audit('task'));
    const end = { status: 'failed', reason: 'cancelled', at: NOW + 1 } as const;
    expect(await tasks.end(task.id, end, undefined, audit('task end'))).toBe(true);
    const key = {
      id: 'key_1',
      organizationId: ORGANIZATION,
      applicationId: null,
      name: 'a key',
      hash: 'hash',
      hint: '1234',
      scopes: null,
      createdAt: NOW,
      expiresAt: null,
      lastUsedAt: null,
    };
    await apiKeys.create(key, undefined, audit('key'));
    expect(await apiKeys.update(ORGANIZATION, 'key_1', { name: 'x' }, audit('key edit'))).toBe(
      true,
    );
    expect(await apiKeys.expire(ORGANIZATION, 'key_1', NOW, undefined, audit('key end'))).toBe(
      true,
    );
    const times = { issuedUntil: NOW, refusedFrom: NOW, forgetAt: null };
    const of = { organizationId: ORGANIZATION, applicationId: 'app_1', of: 'application' as const };
    await revocations.add([{ ...of, name: '', ...times }], NOW, undefined, audit('revocation'));
    await storage.audit.add(audit('alone'));
    const change = {
      eventTypes: [{ kind: 'create' as const, edited: type }],
      applications: [],
      endpoints: [],
      settings: null,
      events: [],
      now: NOW,
    };
    const audits = ['import 1', 'import 2'].map(audit);
    expect(await storage.configuration.apply(change, undefined, audits)).toBe(true);

    const written =
      'application, application edit, application end, endpoint, endpoint edit, resend, deliveries, ' +
      'response, cancel, payload, endpoint end, type, type edit, type end, task, task end, key, key edit, ' +
      'key end, revocation, alone, import 1, import 2';
    expect(await operations()).toEqual(written.split(', '));
  });

  it('is not written when the change is refused', async () => {
    const { world } = suite;
    const { storage, application } = world;
    const { applications, endpoints, eventTypes, tasks, apiKeys } = storage;
    const none = audit('nothing');
    const endpoint = await world.createEndpoint({ uid: 'taken' });
    const stale = { updatedAt: NOW - 1 };
    const later = { updatedAt: NOW + 1 };
    const refused = [
      () => applications.update({ ...application, ...later }, { ...application, ...stale }, none),
      () => applications.delete('org_other', application.id, NOW, none),
      () =>
        endpoints.update(
          { ...endpoint, ...later },
          { ...endpoint, ...stale },
          undefined,
          undefined,
          none,
        ),
      () => endpoints.delete('app_other', endpoint.id, NOW + 5, undefined, none),
      () => eventTypes.update(makeEventType(), makeEventType(), undefined, none),
      () => eventTypes.delete(ORGANIZATION, 'none', none),
      () => storage.attempts.expungeResponse('msg_none', 'atmpt_none', none),
      () => tasks.end('qtask_none', { status: 'failed', reason: null, at: NOW }, undefined, none),
      () => apiKeys.update(ORGANIZATION, 'key_none', { name: 'x' }, none),
      () => apiKeys.expire(ORGANIZATION, 'key_none', NOW, undefined, none),
    ];
    // One after the other, because all would write the same entry.
    for (const call of refused) expect(await call()).toBe(false);
    expect(await storage.expunge(application.id, ['msg_none'], undefined, none)).toEqual([]);
    const same = makeEndpoint({ id: 'ep_x', applicationId: application.id, uid: 'taken' });
    await expect(endpoints.create(same, undefined, undefined, none)).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(await operations()).toEqual([]);
  });

  describe('a list', () => {
    it('has the entries of one organization, with filters, page by page', async () => {
      const { storage } = suite.world;
      const other = { kind: 'portal', id: 'token 2', name: null } as const;
      const all = [
        entry({ operation: 'a' }),
        entry({ operation: 'b', applicationId: 'app_1', actor: other }),
        entry({ operation: 'a', applicationId: 'app_1', at: NOW + 5_000 }),
        entry({ operation: 'b', applicationId: 'app_2', at: NOW + 9_000 }),
      ];
      for (const one of all) await storage.audit.add({ entry: one, keptMs: null });
      await storage.audit.add({ entry: entry({ organizationId: 'org_other' }), keptMs: null });
      const [first, second, third, fourth] = all;
      expect(await list()).toEqual(all);
      expect(await list({ applicationId: 'app_1' })).toEqual([second, third]);
      expect(await list({ applicationId: 'app_1', operation: 'b' })).toEqual([second]);
      expect(await list({ actorId: 'token 2' })).toEqual([second]);
      expect(await list({ operation: 'a' })).toEqual([first, third]);
      expect(await list({ after: NOW + 5_000 })).toEqual([third, fourth]);
      expect(await list({ before: NOW + 5_000 })).toEqual([first, second]);
      const backwards = { order: 'descending' as const, limit: 2 };
      expect(await list({}, backwards)).toEqual([fourth, third]);
      expect(await list({}, { ...backwards, after: third?.id ?? '' })).toEqual([second, first]);
      expect(await list({}, { limit: 2, before: third?.id ?? '' })).toEqual([first, second]);
    });

    it('loses twice as many old entries as a change writes', async () => {
      const { storage } = suite.world;
      for (let count = 0; count < 12; count++) await storage.audit.add(audit('old'));
      const at = NOW + 91 * DAY_MS;
      const audits = ['a', 'b', 'c', 'd', 'e'].map((operation) => ({
        entry: entry({ operation, at }),
        keptMs: 90 * DAY_MS,
      }));
      const eventTypes = [{ kind: 'create' as const, edited: makeEventType({ name: 'imported' }) }];
      const change = { eventTypes, applications: [], endpoints: [], settings: null, events: [] };
      await storage.configuration.apply({ ...change, now: at }, undefined, audits);
      expect(await operations()).toEqual(['old', 'old', 'a', 'b', 'c', 'd', 'e']);
    });

    it('loses entries older than the retention time, a few at a time', async () => {
      const { storage } = suite.world;
      for (const operation of ['1', '2', '3']) await storage.audit.add(audit(operation));
      const later = entry({ operation: 'later', at: NOW + 91 * DAY_MS });
      await storage.audit.add({ entry: later, keptMs: 90 * DAY_MS });
      expect(await operations()).toEqual(['3', 'later']);
    });
  });
}
