import { expect, it } from 'vitest';
import type { Endpoint } from '../../src/domain/endpoint.ts';
import {
  type OperationalEvent,
  OPERATIONAL_ORGANIZATION,
} from '../../src/domain/operational-event.ts';
import { recordBatch } from '../support/record-batch.ts';
import { makeEndpoint, NOW, ORGANIZATION } from '../support/storage-world.ts';
import type { Suite } from './storage-suite.ts';

export function describeOperationalEvents(suite: Suite): void {
  const event = (id: string, given: Partial<OperationalEvent> = {}): OperationalEvent => ({
    id,
    type: 'endpoint.updated',
    organizationId: ORGANIZATION,
    applicationId: suite.world.application.id,
    endpointId: 'ep_1',
    createdAt: NOW,
    data: { endpointUid: '😀' },
    ...given,
  });
  const kept = async () => suite.world.storage.operationalEvents.first(10);
  const ids = async () => (await kept()).map(({ id }) => id);

  it('are stored with a change of an endpoint, in order, until they are deleted', async () => {
    const { storage, application } = suite.world;
    const endpoint = makeEndpoint({ applicationId: application.id });
    const first = event('b', { organizationId: null });
    await storage.endpoints.create(endpoint, undefined, first);
    const edited = { ...endpoint, updatedAt: NOW + 1 };
    await storage.endpoints.update(edited, endpoint, undefined, event('c', { createdAt: NOW + 1 }));
    const last = event('a', { createdAt: NOW + 2 });
    await storage.endpoints.delete(application.id, endpoint.id, NOW + 2, last);
    expect(await ids()).toEqual(['b', 'c', 'a']);
    expect((await kept())[0]).toEqual(first);
    expect((await storage.operationalEvents.first(1)).map(({ id }) => id)).toEqual(['b']);
    await storage.operationalEvents.delete(['b', 'unknown']);
    await storage.operationalEvents.delete([]);
    await suite.restart();
    expect(await ids()).toEqual(['c', 'a']);
  });

  it('are not stored when nothing was changed', async () => {
    const { storage, application } = suite.world;
    const endpoint = await suite.world.createEndpoint({ uid: 'taken' });
    const old = { ...endpoint, updatedAt: NOW - 1 };
    const edited = { ...endpoint, updatedAt: NOW + 1 };
    expect(await storage.endpoints.update(edited, old, undefined, event('a'))).toBe(false);
    expect(await storage.endpoints.delete(application.id, 'ep_x', NOW, event('b'))).toBe(false);
    const twin = { ...endpoint, id: 'ep_twin' };
    await expect(storage.endpoints.create(twin, undefined, event('c'))).rejects.toThrow(/taken/);
    expect(await ids()).toEqual([]);
  });

  it('of an endpoint are stored only if the change of its health is stored', async () => {
    const { world } = suite;
    const { storage } = world;
    const [one, edited] = [await world.createEndpoint(), await world.createEndpoint()];
    await storage.endpoints.update({ ...edited, updatedAt: edited.updatedAt + 1 }, edited);
    const disabled = { at: NOW, reason: 'failing' } as const;
    const of = ({ id: endpointId, updatedAt: endpointUpdatedAt }: Endpoint) => ({
      endpointId,
      endpointUpdatedAt,
      disabled,
    });
    const events = [
      event('a', { type: 'endpoint.disabled', endpointId: one.id }),
      event('b', { type: 'endpoint.disabled', endpointId: edited.id }),
      event('c', { type: 'message.attempt.exhausted', endpointId: edited.id }),
    ];
    await storage.record(() => recordBatch({ health: [of(one), of(edited)], events }));
    expect(await ids()).toEqual(['a', 'c']);
    // Another attempt has disabled the endpoint before.
    const again = { ...of(one), disabled: { ...disabled, at: NOW + 1 } };
    const late = event('d', { type: 'endpoint.disabled', endpointId: one.id });
    await storage.record(() => recordBatch({ health: [again], events: [late] }));
    expect(await ids()).toEqual(['a', 'c']);
  });

  it('are stored once, with the attempts that caused them', async () => {
    const { world } = suite;
    const endpoint = await world.createEndpoint();
    await world.accept([endpoint.id]);
    const handoff = await world.claimOne();
    const records = [world.outcome(handoff, { state: 'exhausted' })];
    const events = [event('a', { type: 'message.attempt.exhausted', organizationId: null })];
    await world.storage.record(() => ({ ...recordBatch({ records }), events }));
    await world.storage.record(() => ({ ...recordBatch({ records }), events }));
    expect(await kept()).toEqual(events);
  });

  it('are wanted as soon as there is an application for them', async () => {
    const { operationalEvents } = suite.world.storage;
    expect(await operationalEvents.areWanted()).toBe(false);
    await suite.world.createApplication({ organizationId: OPERATIONAL_ORGANIZATION });
    expect(await operationalEvents.areWanted()).toBe(true);
  });
}
