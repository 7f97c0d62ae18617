import { describe, expect, it } from 'vitest';
import { createIds } from '../../src/domain/ids.ts';
import type { IdPrefix } from '../../src/domain/ids.ts';
import type { Handoff } from '../../src/domain/delivery.ts';
import type { AttemptFilter, MessageFilter, Page, PageRequest } from '../../src/storage/storage.ts';
import { makeEventType, NOW, ORGANIZATION } from '../support/storage-world.ts';
import type { Suite } from './storage-suite.ts';
import { recordBatch } from '../support/record-batch.ts';

export function describeLists(suite: Suite): void {
  describe('pages', () => {
    const lists: [string, (names: readonly string[]) => Promise<List>][] = [
      [
        'applications',
        async (names) => {
          const { applications } = suite.world.storage;
          for (const id of names) {
            await suite.world.createApplication({ id, organizationId: 'org_paged' });
          }
          return (page) => namesOf(applications.list('org_paged', page), ({ id }) => id);
        },
      ],
      [
        'endpoints',
        async (names) => {
          const { endpoints } = suite.world.storage;
          for (const id of names) await suite.world.createEndpoint({ id });
          return (page) =>
            namesOf(endpoints.list(suite.world.application.id, page), ({ id }) => id);
        },
      ],
      [
        'event types, by name,',
        async (names) => {
          const { eventTypes } = suite.world.storage;
          for (const name of names) await eventTypes.create(makeEventType({ name }));
          return (page) =>
            namesOf(
              eventTypes.list(ORGANIZATION, {
                ...page,
                includeArchived: false,
                featureFlags: null,
              }),
              ({ name }) => name,
            );
        },
      ],
      [
        'messages',
        async (names) => {
          const { world } = suite;
          for (const id of names) await world.accept([], { id });
          return (page) =>
            namesOf(world.storage.messages.list(world.application.id, page), ({ id }) => id);
        },
      ],
      [
        'deliveries, by endpoint,',
        async (names) => {
          const { world } = suite;
          for (const id of names) await world.createEndpoint({ id });
          const messageId = await world.accept(names);
          return (page) =>
            namesOf(
              world.storage.messages.deliveries(world.application.id, messageId, page),
              ({ endpoint }) => endpoint.id,
            );
        },
      ],
      [
        'attempts of a message',
        async (names) => {
          const { list } = await recordNamed(names);
          return (page) => namesOf(list.byMessage(page), ({ id }) => id);
        },
      ],
      [
        'attempts of an endpoint',
        async (names) => {
          const { list } = await recordNamed(names);
          return (page) => namesOf(list.byEndpoint(page), ({ id }) => id);
        },
      ],
    ];

    async function recordNamed(names: readonly string[]) {
      const { world } = suite;
      const endpoint = await world.createEndpoint();
      const messageId = await world.accept([endpoint.id]);
      const handoff = await world.claimOne();
      await world.storage.record(() =>
        recordBatch({
          records: names.map((id) => world.outcome(handoff, { state: 'exhausted' }, { id })),
        }),
      );
      const { attempts } = world.storage;
      const list = {
        byMessage: (page: PageRequest) => attempts.byMessage(messageId, page),
        byEndpoint: (page: PageRequest) => attempts.byEndpoint(endpoint.id, page),
      };
      return { list };
    }

    it.each(lists)('of %s go both ways in both orders', async (_, createList) => {
      // The rows are not created in the order of their ids.
      const list = await createList(['n3', 'n1', 'n5', 'n2', 'n4']);
      const ascending = { limit: 2, order: 'ascending' } as const;
      const descending = { limit: 2, order: 'descending' } as const;
      const more = { done: false };
      const end = { done: true };

      expect(await list(ascending)).toEqual({ data: ['n1', 'n2'], ...more });
      expect(await list({ ...ascending, after: 'n2' })).toEqual({ data: ['n3', 'n4'], ...more });
      expect(await list({ ...ascending, after: 'n4' })).toEqual({ data: ['n5'], ...end });
      expect(await list({ ...ascending, after: 'n3' })).toEqual({ data: ['n4', 'n5'], ...end });
      expect(await list({ ...ascending, after: 'n5' })).toEqual({ data: [], ...end });
      expect(await list({ ...ascending, before: 'n5' })).toEqual({ data: ['n3', 'n4'], ...more });
      expect(await list({ ...ascending, before: 'n3' })).toEqual({ data: ['n1', 'n2'], ...end });

      expect(await list(descending)).toEqual({ data: ['n5', 'n4'], ...more });
      expect(await list({ ...descending, after: 'n4' })).toEqual({ data: ['n3', 'n2'], ...more });
      expect(await list({ ...descending, after: 'n2' })).toEqual({ data: ['n1'], ...end });
      expect(await list({ ...descending, before: 'n1' })).toEqual({ data: ['n3', 'n2'], ...more });
      expect(await list({ ...descending, before: 'n3' })).toEqual({ data: ['n5', 'n4'], ...end });
      // A page may begin at an id that does not exist, as after a deletion.
      expect(await list({ ...ascending, after: 'n2x' })).toEqual({ data: ['n3', 'n4'], ...more });
    });

    it('of attempts are complete for each of many endpoints, before and after attempts are merged into the index', async () => {
      const { world } = suite;
      const expected = new Map<string, string[]>();
      for (let left = 3; left > 0; left--) expected.set((await world.createEndpoint()).id, []);
      await world.accept([...expected.keys()]);
      const { handoffs } = await world.claim();
      const record = async (count: number, idOf?: (handoff: Handoff) => string) => {
        const outcomes = Array.from({ length: count }, () =>
          handoffs.map((handoff) =>
            world.outcome(handoff, { state: 'exhausted' }, idOf && { id: idOf(handoff) }),
          ),
        ).flat();
        await world.storage.record(() => recordBatch({ records: outcomes }));
        for (const { attempt } of outcomes) expected.get(attempt.endpointId)?.push(attempt.id);
      };
      const expectAll = async () => {
        for (const [endpointId, ids] of expected) {
          const listed = (order: PageRequest['order']) =>
            walk((page) => world.storage.attempts.byEndpoint(endpointId, { ...page, order }));
          expect(await listed('ascending')).toEqual(ids.toSorted());
          expect(await listed('descending')).toEqual(ids.toSorted().toReversed());
        }
      };

      const beside = (share: number) =>
        Math.ceil((share * (suite.attemptsBesideIndex ?? 600)) / expected.size);
      await record(beside(0.88));
      await expectAll();
      await record(beside(0.44));
      await suite.restart();
      await expectAll();
      await record(1);
      await suite.restart();
      await record(beside(1.47));
      await record(2);
      // An id that is lower than the earlier ones, as after the clock was set back.
      await record(1, ({ endpointId }) => `atmpt_0_${endpointId}`);
      await expectAll();
    });

    it('of messages end early when payloads are long, and continue from there', async () => {
      const { world } = suite;
      const endpoint = await world.createEndpoint();
      const { id: applicationId } = world.application;
      const { messages } = world.storage;
      const ids: string[] = [];
      for (const mega of [1, 3, 5, 1, 1, 1]) {
        const payload = JSON.stringify('x'.repeat(mega * 1024 * 1024 - 2));
        ids.push(await world.accept([endpoint.id], { payload, tags: ['long'] }));
      }
      const [a, b, c, d, e, f] = ids;
      const lists: Record<string, (page: PageRequest) => Promise<Page<{ id: string }>>> = {
        all: (page) => messages.list(applicationId, page),
        filtered: (page) => messages.list(applicationId, { ...page, createdAfter: 0 }),
        tagged: (page) => messages.list(applicationId, { ...page, tag: 'long' }),
        async owed(page) {
          const found = await messages.ofEndpoint(applicationId, endpoint.id, page);
          return { ...found, data: found.data.map(({ message }) => message) };
        },
      };
      for (const list of Object.values(lists)) {
        const read = (page: Partial<PageRequest>) =>
          namesOf(list({ limit: 10, order: 'ascending', ...page }), ({ id }) => id);
        expect(await read({})).toEqual({ data: [a, b], done: false });
        expect(await read({ after: b as string })).toEqual({ data: [c], done: false });
        expect(await read({ after: c as string })).toEqual({ data: [d, e, f], done: true });
        expect(await read({ before: f as string })).toEqual({ data: [d, e], done: false });
        expect(await read({ before: c as string })).toEqual({ data: [a, b], done: true });
        expect(await read({ order: 'descending' })).toEqual({ data: [f, e, d], done: false });
      }
    });

    it('leaves out event types with other feature flags', async () => {
      const { eventTypes } = suite.world.storage;
      for (const featureFlags of [['x'], ['y', 'v', 'w'], []]) {
        const name = `flag.${featureFlags[0] ?? null}`;
        await eventTypes.create(makeEventType({ name, featureFlags }));
      }
      const names = async (featureFlags: string[] | null) => {
        const page = { limit: 2, order: 'ascending', includeArchived: false } as const;
        const { data, done } = await eventTypes.list(ORGANIZATION, { ...page, featureFlags });
        return [data.map(({ name }) => name), done];
      };
      expect(await names(null)).toEqual([['flag.null', 'flag.x'], false]);
      expect(await names([])).toEqual([['flag.null'], true]);
      expect(await names(['z', 'w'])).toEqual([['flag.null', 'flag.y'], true]);
      expect(await names(['y', 'z'])).toEqual([['flag.null', 'flag.y'], true]);
    });

    it('of event types leave archived ones out unless asked for', async () => {
      const { eventTypes } = suite.world.storage;
      await eventTypes.create(makeEventType({ name: 'a', archived: true }));
      await eventTypes.create(makeEventType({ name: 'b' }));
      const names = (includeArchived: boolean) =>
        namesOf(
          eventTypes.list(ORGANIZATION, {
            limit: 5,
            order: 'ascending',
            includeArchived,
            featureFlags: null,
          }),
          ({ name }) => name,
        );
      expect((await names(false)).data).toEqual(['b']);
      expect((await names(true)).data).toEqual(['a', 'b']);
    });
  });

  describe('filters', () => {
    it('of messages', async () => {
      const { world } = suite;
      const old = await world.accept([], { ...createdAt(NOW - 100), channels: ['eu', 'vip'] });
      const paid = await world.accept([], {
        ...createdAt(NOW),
        eventType: 'invoice.paid',
        channels: ['vip'],
      });
      const late = await world.accept([], { ...createdAt(NOW + 1_100), eventType: 'call.new' });
      const list = async (filter: MessageFilter) =>
        (
          await world.storage.messages.list(world.application.id, {
            limit: 10,
            order: 'ascending',
            ...filter,
          })
        ).data.map(({ id }) => id);

      expect(await list({ channel: 'vip' })).toEqual([old, paid]);
      expect(await list({ channel: 'eu' })).toEqual([old]);
      expect(await list({ channel: 'v' })).toEqual([]);
      expect(await list({ eventTypes: ['invoice.paid', 'other'] })).toEqual([paid]);
      expect(await list({ eventTypes: [] })).toEqual([]);
      expect(await list({ createdBefore: NOW })).toEqual([old]);
      expect(await list({ createdAfter: NOW })).toEqual([late]);
      expect(await list({ createdAfter: NOW - 101, createdBefore: NOW + 1 })).toEqual([old, paid]);
      expect(await list({ channel: 'vip', eventTypes: ['call.new'] })).toEqual([old]);
    });

    it('of messages by tag', async () => {
      const { world } = suite;
      const { id: applicationId } = world.application;
      const old = await world.accept([], { ...createdAt(NOW - 100), tags: ['eu', 'trial'] });
      const plain = await world.accept([], createdAt(NOW));
      const paid = await world.accept([], {
        ...createdAt(NOW + 1_100),
        tags: ['trial'],
        channels: ['vip'],
      });
      const late = await world.accept([], { ...createdAt(NOW + 2_200), tags: ['trial'] });
      const list = async (filter: MessageFilter & Partial<PageRequest>) => {
        const page = { limit: 10, order: 'ascending' as const, ...filter };
        const { data, done } = await world.storage.messages.list(applicationId, page);
        return { ids: data.map(({ id }) => id), done };
      };

      expect(await list({ tag: 'trial' })).toEqual({ ids: [old, paid, late], done: true });
      expect(await list({ tag: 'eu' })).toEqual({ ids: [old], done: true });
      expect(await list({ tag: 'tria' })).toEqual({ ids: [], done: true });
      expect(await list({ tag: 'trial', limit: 2 })).toEqual({ ids: [old, paid], done: false });
      expect(await list({ tag: 'trial', after: paid })).toEqual({ ids: [late], done: true });
      expect(await list({ tag: 'trial', order: 'descending', limit: 1 })).toMatchObject({
        ids: [late],
      });
      expect(await list({ tag: 'trial', channel: 'vip' })).toMatchObject({ ids: [paid] });
      expect(await list({ tag: 'trial', createdAfter: NOW + 2_000 })).toMatchObject({
        ids: [late],
      });
      expect(await world.storage.messages.get(applicationId, old)).toMatchObject({
        tags: ['eu', 'trial'],
      });
      expect(await world.storage.messages.get(applicationId, plain)).toMatchObject({ tags: null });
    });

    it('of attempts', async () => {
      const { world } = suite;
      const [one, two] = [await world.createEndpoint(), await world.createEndpoint()];
      const messageId = await world.accept([one.id, two.id], { channels: ['eu'], tags: ['trial'] });
      await world.accept([one.id], { eventType: 'invoice.paid' });
      const { handoffs } = await world.claim();
      const ids: string[] = [];
      for (const handoff of handoffs) {
        const place = ids.length;
        const attempt = await world.record(
          handoff,
          { state: 'delivered' },
          {
            succeeded: place === 0,
            statusCode: [204, 599, null][place] ?? null,
            startedAt: NOW + place,
            // The id is made at the end of the attempt.
            id: idAt('atmpt', NOW + 2_000 + place * 1_000),
          },
        );
        ids.push(attempt.id);
      }
      const [first = '', second = '', third = ''] = ids;
      const byEndpoint = async (filter: AttemptFilter) =>
        (
          await world.storage.attempts.byEndpoint(one.id, {
            limit: 10,
            order: 'ascending',
            ...filter,
          })
        ).data.map(({ id }) => id);
      // The hand-offs to `one` come first, in the order of publication.
      expect(handoffs.map(({ endpointId }) => endpointId)).toEqual([one.id, one.id, two.id]);

      expect(await byEndpoint({})).toEqual([first, second]);
      expect(await byEndpoint({ succeeded: true })).toEqual([first]);
      expect(await byEndpoint({ succeeded: false })).toEqual([second]);
      expect(await byEndpoint({ statusCodeClass: 200 })).toEqual([first]);
      expect(await byEndpoint({ statusCodeClass: 500 })).toEqual([second]);
      expect(await byEndpoint({ statusCodeClass: 0 })).toEqual([]);
      expect(await byEndpoint({ channel: 'eu' })).toEqual([first]);
      expect(await byEndpoint({ tag: 'trial' })).toEqual([first]);
      expect(await byEndpoint({ tag: 'tri' })).toEqual([]);
      expect(await byEndpoint({ eventTypes: ['invoice.paid'] })).toEqual([second]);
      expect(await byEndpoint({ startedBefore: NOW + 1 })).toEqual([first]);
      expect(await byEndpoint({ startedAfter: NOW })).toEqual([second]);

      const page = { limit: 10, order: 'ascending' } as const;
      const { attempts } = world.storage;
      const ofMessage = await attempts.byMessage(messageId, { ...page, endpointId: two.id });
      expect(ofMessage.data.map(({ id }) => id)).toEqual([third]);
      const unanswered = await attempts.byMessage(messageId, { ...page, statusCodeClass: 0 });
      expect(unanswered.data.map(({ id }) => id)).toEqual([third]);
    });
  });
}

function createdAt(at: number) {
  return { id: idAt('msg', at), createdAt: at };
}

function idAt(prefix: IdPrefix, at: number): string {
  return createIds({ now: () => at }).next(prefix);
}

/** Reads a whole list page by page, and returns the ids. */
async function walk(
  list: (page: { limit: number; after?: string }) => Promise<Page<{ id: string }>>,
): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const after = ids.at(-1);
    const { data, done } = await list({ limit: 97, ...(after !== undefined && { after }) });
    ids.push(...data.map(({ id }) => id));
    if (done) return ids;
  }
}

type List = (page: PageRequest) => Promise<Page<string>>;

async function namesOf<T>(listed: Promise<Page<T>>, name: (row: T) => string) {
  const { data, done } = await listed;
  return { data: data.map(name), done };
}
