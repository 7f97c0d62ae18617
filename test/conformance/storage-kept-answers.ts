import { describe, expect, it } from 'vitest';
import { createSecretBox } from '../../src/storage/secret-box.ts';
import { ANSWER_LIFETIME_MS, type KeptAnswer } from '../../src/storage/storage.ts';
import {
  makeApplication,
  makeEndpoint,
  makeEventType,
  makeTask,
  NOW,
  ORGANIZATION,
} from '../support/storage-world.ts';
import type { Suite } from './storage-suite.ts';

function makeAnswer(given: Partial<KeptAnswer> = {}): KeptAnswer {
  return {
    organizationId: ORGANIZATION,
    request: 'request 1',
    fingerprint: 'fingerprint 1',
    status: 201,
    body: '{"key":"whsec_é😀"}',
    keptAt: NOW,
    ...given,
  };
}

/** Each effect with which an answer can be kept, and a count of how often it happened. */
const EFFECTS: readonly [
  name: string,
  begin: (suite: Suite) => Promise<{
    effect: (answer: KeptAnswer) => Promise<unknown>;
    count: () => Promise<number>;
  }>,
][] = [
  [
    'a new application',
    async ({ world: { storage } }) => {
      let made = 0;
      return {
        effect: (answer) =>
          storage.applications.create(makeApplication({ id: `app_made${++made}` }), answer),
        async count() {
          const ids = Array.from({ length: made }, (_, n) => `app_made${n + 1}`);
          const found = await Promise.all(
            ids.map((id) => storage.applications.get(ORGANIZATION, id)),
          );
          return found.filter((one) => one !== null).length;
        },
      };
    },
  ],
  [
    'a new endpoint',
    async ({ world: { storage, application } }) => {
      let made = 0;
      return {
        effect: (answer) =>
          storage.endpoints.create(
            makeEndpoint({ id: `ep_made${++made}`, applicationId: application.id }),
            answer,
          ),
        count: async () => (await storage.endpoints.all(application.id)).length,
      };
    },
  ],
  [
    'a new event type',
    async ({ world: { storage } }) => {
      let made = 0;
      return {
        effect: (answer) =>
          storage.eventTypes.create(makeEventType({ name: `made.${++made}` }), answer),
        async count() {
          const names = Array.from({ length: made }, (_, n) => `made.${n + 1}`);
          return (await storage.eventTypes.existing(ORGANIZATION, names)).length;
        },
      };
    },
  ],
  [
    'an edit of an endpoint',
    async ({ world }) => {
      const endpoint = await world.createEndpoint();
      const find = async () =>
        (await world.storage.endpoints.get(world.application.id, endpoint.id)) ?? endpoint;
      return {
        async effect(answer) {
          const found = await find();
          const edited = { ...found, updatedAt: found.updatedAt + 1 };
          await world.storage.endpoints.update(edited, found, answer);
        },
        count: async () => (await find()).updatedAt - endpoint.updatedAt,
      };
    },
  ],
  [
    'an edit of an event type',
    async ({ world: { storage } }) => {
      const eventType = makeEventType({ name: 'edited' });
      await storage.eventTypes.create(eventType);
      const find = async () =>
        (await storage.eventTypes.get(ORGANIZATION, eventType.name)) ?? eventType;
      return {
        async effect(answer) {
          const found = await find();
          const edited = { ...found, updatedAt: found.updatedAt + 1 };
          await storage.eventTypes.update(edited, found, answer);
        },
        count: async () => (await find()).updatedAt - eventType.updatedAt,
      };
    },
  ],
  [
    'a new task',
    async ({ world }) => {
      const { tasks } = world.storage;
      let made = 0;
      return {
        effect: (answer) => tasks.create(makeTask({ id: `qtask_made${++made}` }), answer),
        async count() {
          const page = { limit: 10, order: 'ascending' } as const;
          return (await tasks.list(ORGANIZATION, page)).data.length;
        },
      };
    },
  ],
  [
    'a change of deliveries',
    async ({ world }) => {
      const { id: endpointId } = await world.createEndpoint();
      const messageIds = await world.acceptMany(4, []);
      const applicationId = world.application.id;
      const given = {
        applicationId,
        endpointId,
        effect: 'schedule',
        now: NOW,
        move: null,
      } as const;
      return {
        effect: (answer) =>
          world.storage.changeDeliveries(
            { ...given, standings: ['missing'], messageIds: messageIds.splice(0, 1) },
            answer,
          ),
        count: async () => (await world.storage.backlog()).waiting,
      };
    },
  ],
  [
    'a delivery that is scheduled',
    async ({ world }) => {
      const messageId = await world.accept();
      const { id: endpointId } = await world.createEndpoint();
      const applicationId = world.application.id;
      const dueAt = async () => (await world.delivery(messageId, endpointId))?.dueAt ?? NOW;
      return {
        async effect(answer) {
          await world.storage.scheduleDelivery(
            {
              messageId,
              endpointId,
              applicationId,
              dueAt: (await dueAt()) + 1,
              trigger: 'manual',
            },
            answer,
          );
        },
        count: async () => (await dueAt()) - NOW,
      };
    },
  ],
];

export function describeKeptAnswers(suite: Suite): void {
  const kept = (request = 'request 1', now = NOW) =>
    suite.world.storage.keptAnswers.get(request, now);

  describe.each(EFFECTS)('with %s', (_name, begin) => {
    it('are stored in one transaction', async () => {
      const { effect, count } = await begin(suite);
      await effect(makeAnswer());
      expect([await count(), await kept()]).toEqual([1, makeAnswer()]);
    });

    it('let the effect happen once for a request', async () => {
      const { effect, count } = await begin(suite);
      await effect(makeAnswer());
      const second = effect(makeAnswer({ status: 200, body: '2' }));
      await expect(second).rejects.toMatchObject({ code: 'conflict' });
      expect([await count(), await kept()]).toEqual([1, makeAnswer()]);
      await effect(makeAnswer({ request: 'request 2' }));
      expect(await count()).toBe(2);
    });

    it('let the effect happen once when two requests come at the same time', async () => {
      const { effect, count } = await begin(suite);
      const results = await Promise.allSettled([effect(makeAnswer()), effect(makeAnswer())]);
      const conflicts = results.filter(({ status }) => status === 'rejected');
      expect(conflicts.length).toBeLessThanOrEqual(1);
      expect([await count(), await kept()]).toEqual([1, makeAnswer()]);
    });

    it('let the effect happen again when the kept answer has expired', async () => {
      const { effect, count } = await begin(suite);
      await effect(makeAnswer());
      const later = makeAnswer({ keptAt: NOW + ANSWER_LIFETIME_MS, body: 'later' });
      await effect(later);
      expect([await count(), await kept('request 1', later.keptAt)]).toEqual([2, later]);
    });
  });

  it('are not kept when the effect is refused', async () => {
    const { world } = suite;
    const endpoint = await world.createEndpoint({ uid: 'taken' });
    const stale = { ...endpoint, updatedAt: NOW - 1 };
    const edited = { ...endpoint, updatedAt: NOW + 1 };
    expect(await world.storage.endpoints.update(edited, stale, makeAnswer())).toBe(false);
    const eventType = makeEventType();
    expect(await world.storage.eventTypes.update(eventType, eventType, makeAnswer())).toBe(false);
    const same = makeEndpoint({ id: 'ep_x', applicationId: world.application.id, uid: 'taken' });
    await expect(world.storage.endpoints.create(same, makeAnswer())).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(await kept()).toBeNull();
    await world.storage.keptAnswers.keep(makeAnswer());
    await expect(world.storage.keptAnswers.keep(makeAnswer())).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  it('outlast a restart, until they expire', async () => {
    await suite.world.storage.keptAnswers.keep(makeAnswer());
    await suite.restart();
    expect(await kept('request 1', NOW + ANSWER_LIFETIME_MS - 1)).toEqual(makeAnswer());
    expect(await kept('request 1', NOW + ANSWER_LIFETIME_MS)).toBeNull();
    expect(await kept('request 2')).toBeNull();
  });

  it('are deleted a few at a time once they have expired', async () => {
    const { keptAnswers } = suite.world.storage;
    for (let n = 0; n < 4; n++) {
      await keptAnswers.keep(makeAnswer({ request: `old ${n}`, keptAt: NOW + n }));
    }
    await keptAnswers.keep(makeAnswer({ keptAt: NOW + 3 + ANSWER_LIFETIME_MS }));
    const left = await Promise.all([0, 1, 2, 3].map((n) => kept(`old ${n}`, NOW)));
    expect(left.map((answer) => answer?.request)).toEqual([undefined, undefined, 'old 2', 'old 3']);
  });

  it('are sealed at rest', async () => {
    const secretBox = createSecretBox(Buffer.alloc(32, 1));
    await suite.restart({ secretBox });
    await suite.world.storage.keptAnswers.keep(makeAnswer());
    expect(await kept()).toEqual(makeAnswer());
    await suite.restart({ secretBox: createSecretBox(Buffer.alloc(32, 2)) });
    await expect(kept()).rejects.toMatchObject({ code: 'configuration' });
  });
}
