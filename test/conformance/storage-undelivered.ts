import { expect, it } from 'vitest';
import type { UndeliveredFilter, UndeliveredScope } from '../../src/storage/storage.ts';
import type { PageRequest } from '../../src/storage/storage.ts';
import { NOW, ORGANIZATION } from '../support/storage-world.ts';
import type { Suite } from './storage-suite.ts';

/** Deliveries that failed and were not delivered since. */
export function describeUndelivered(suite: Suite): void {
  async function failures() {
    const { world } = suite;
    const [endpoint, other] = [await world.createEndpoint(), await world.createEndpoint()];
    const attempted = async (
      states: readonly ('pending' | 'exhausted' | 'delivered')[],
      of = {},
    ) => {
      const id = await world.accept([endpoint.id], of);
      for (const [index, state] of states.entries()) {
        const dueAt = index === states.length - 1 ? NOW + 900_000 : NOW;
        const next = state === 'pending' ? { state, dueAt, scheduleStep: 1 } : ({ state } as const);
        await world.record(await world.claimOne(), next);
      }
      return id;
    };
    await attempted(['delivered']);
    const exhausted = await attempted(['exhausted'], { tags: ['trial'] });
    const failing = await attempted(['pending', 'pending'], { channels: ['eu'] });
    await attempted(['pending', 'delivered']);
    const cancelled = await attempted(['pending']);
    await world.storage.expunge(world.application.id, [cancelled]);
    // One message fails at two endpoints.
    const both = await world.accept([endpoint.id, other.id], { eventType: 'call.ended' });
    const { handoffs } = await world.claim();
    for (const handoff of handoffs) await world.record(handoff, { state: 'exhausted' });
    await world.accept([endpoint.id], { dueAt: NOW + 900_000 });
    const application: UndeliveredScope = {
      organizationId: ORGANIZATION,
      applicationId: world.application.id,
    };
    const list = async (
      filter: UndeliveredFilter & Partial<PageRequest> = {},
      scope: UndeliveredScope = application,
    ) => {
      const page = { limit: 10, order: 'ascending', ...filter } as const;
      const found = await world.storage.undelivered.list(scope, page);
      return {
        ...found,
        data: found.data.map(({ message, delivery }) => {
          expect(message.id).toBe(delivery.messageId);
          return [message.id, delivery.endpointId, delivery.state, delivery.attemptCount];
        }),
      };
    };
    const rows = [
      [exhausted, endpoint.id, 'exhausted', 1],
      [failing, endpoint.id, 'pending', 2],
      [both, endpoint.id, 'exhausted', 1],
      [both, other.id, 'exhausted', 1],
    ];
    return { application, endpoint, other, rows, list, both };
  }

  it('are listed in both directions, page by page', async () => {
    const { list, rows, both, endpoint } = await failures();
    expect(await list()).toEqual({ done: true, data: rows });
    expect((await list({ order: 'descending' })).data).toEqual(rows.toReversed());
    expect(await list({ limit: 3 })).toEqual({ done: false, data: rows.slice(0, 3) });
    const third = `${both}.${endpoint.id}`;
    expect(await list({ after: third })).toEqual({ done: true, data: rows.slice(3) });
    expect(await list({ before: third, limit: 1 })).toEqual({ done: false, data: [rows[1]] });
    expect((await list({ order: 'descending', after: third })).data).toEqual(
      rows.slice(0, 2).toReversed(),
    );
    expect((await list({ order: 'descending', before: third })).data).toEqual([rows[3]]);
  });

  it('have the present URL of their endpoint', async () => {
    const { application, endpoint, other } = await failures();
    const { storage } = suite.world;
    const moved = {
      ...endpoint,
      url: 'https://user:secret@example.com/moved',
      updatedAt: endpoint.updatedAt + 1,
    };
    expect(await storage.endpoints.update(moved, endpoint)).toBe(true);
    await storage.endpoints.delete(endpoint.applicationId, other.id, NOW);
    const { data } = await storage.undelivered.list(application, { limit: 10, order: 'ascending' });
    const urls = data.map(({ delivery, endpointUrl }) => [delivery.endpointId, endpointUrl]);
    expect(urls).toContainEqual([endpoint.id, moved.url]);
    expect(urls.filter(([id, url]) => id === endpoint.id && url !== moved.url)).toEqual([]);
    expect(urls).toContainEqual([other.id, other.url]);
  });

  it('are filtered', async () => {
    const { list, rows, other, application } = await failures();
    const cases: [UndeliveredFilter, number[]][] = [
      [{ state: 'pending' }, [1]],
      [{ state: 'exhausted' }, [0, 2, 3]],
      [{ endpointId: other.id }, [3]],
      [{ endpointId: other.id, state: 'pending' }, []],
      [{ tag: 'trial' }, [0]],
      [{ channel: 'eu' }, [1]],
      [{ eventTypes: ['call.ended'] }, [2, 3]],
      [{ createdAfter: NOW }, []],
    ];
    const { undelivered } = suite.world.storage;
    for (const [filter, found] of cases) {
      expect((await list(filter)).data).toEqual(found.map((index) => rows[index]));
      const of = (state: string) => found.filter((index) => rows[index]?.[2] === state).length;
      expect(await undelivered.count(application, filter)).toEqual({
        pending: of('pending'),
        exhausted: of('exhausted'),
        isExact: true,
      });
    }
  });

  it('of an organization are those of all its applications that are not deleted', async () => {
    const { world } = suite;
    const { list, rows } = await failures();
    const mine = world.application;
    const organization = { organizationId: ORGANIZATION, applicationId: null };
    world.application = await world.createApplication();
    const elsewhere = await world.createEndpoint();
    const id = await world.accept([elsewhere.id]);
    await world.record(await world.claimOne(), { state: 'exhausted' });
    const all = [...rows, [id, elsewhere.id, 'exhausted', 1]];
    expect((await list({}, organization)).data).toEqual(all);
    expect((await list({ limit: 2, order: 'descending' }, organization)).data).toEqual(
      all.toReversed().slice(0, 2),
    );
    expect((await list({}, { ...organization, organizationId: 'org_none' })).data).toEqual([]);
    await world.storage.applications.delete(ORGANIZATION, world.application.id, NOW);
    expect((await list({}, organization)).data).toEqual(rows);
    const { undelivered } = world.storage;
    const counted = { pending: 1, exhausted: 3, isExact: true };
    expect(await undelivered.count(organization, {})).toEqual(counted);
    world.application = mine;
  });
}
