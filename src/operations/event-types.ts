import { z } from 'zod';
import { invalid, notFound } from '../domain/errors.ts';
import type { EventType } from '../domain/event-type.ts';
import { requireOrganization } from './access.ts';
import type { Context } from './context.ts';
import { eventTypeName, isName, name256, recordOf } from './fields.ts';
import type { EventTypeOperations, Principal } from './operations.ts';
import { flag, listOut, orderedListOptions, pageRequest } from './paging.ts';
import type { EventTypeOut } from './shapes.ts';
import { check, fault } from './validation.ts';

export const eventTypeUpdate = z.object({
  description: z.string().max(16_384),
  archived: z.boolean().optional(),
  deprecated: z.boolean().optional(),
  featureFlag: name256.nullish(),
  schemas: recordOf(z.record(z.string(), z.unknown()), 100).nullish(),
});

export const eventTypeIn = eventTypeUpdate.extend({ name: eventTypeName });
export const eventTypePatch = eventTypeUpdate.partial();

const eventTypeListOptions = orderedListOptions.extend({
  includeArchived: flag.default(false),
  withContent: flag.default(false),
});

export function createEventTypeOperations({ storage, clock, turns }: Context): EventTypeOperations {
  async function find(principal: Principal, name: string): Promise<EventType> {
    const found = isName(name)
      ? await storage.eventTypes.get(principal.organizationId, name)
      : null;
    if (found === null) throw notFound('Event type', name);
    return found;
  }

  function inTurn<T>(principal: Principal, name: string, run: () => Promise<T>): Promise<T> {
    return turns(`${principal.organizationId}/${name}`, run);
  }

  async function change(eventType: EventType): Promise<EventTypeOut> {
    if (!(await storage.eventTypes.update(eventType))) throw notFound('Event type', eventType.name);
    return eventTypeOut(eventType);
  }

  async function create(
    principal: Principal,
    name: string,
    given: z.output<typeof eventTypeUpdate>,
  ): Promise<EventTypeOut> {
    const now = clock.now();
    const eventType = {
      organizationId: principal.organizationId,
      name,
      ...settled(given),
      createdAt: now,
      updatedAt: now,
    };
    await storage.eventTypes.create(eventType);
    return eventTypeOut(eventType);
  }

  return {
    async create(principal, input) {
      requireOrganization(principal);
      const given = check(eventTypeIn, input, 'body');
      return inTurn(principal, given.name, async () => {
        const existing = await storage.eventTypes.get(principal.organizationId, given.name);
        return existing?.archived
          ? change({ ...existing, ...settled(given), updatedAt: clock.now() })
          : create(principal, given.name, given);
      });
    },

    async list(principal, options = {}) {
      const checked = check(eventTypeListOptions, options, 'query');
      const page = await storage.eventTypes.list(principal.organizationId, {
        ...pageRequest(checked, 'name', 'ascending'),
        includeArchived: checked.includeArchived,
      });
      return listOut(
        page,
        (eventType) => eventType.name,
        (eventType) => {
          const out = eventTypeOut(eventType);
          return checked.withContent ? out : { ...out, schemas: null };
        },
      );
    },

    async get(principal, name) {
      return eventTypeOut(await find(principal, name));
    },

    async update(principal, name, input) {
      requireOrganization(principal);
      const given = check(eventTypeUpdate, input, 'body');
      if (!isName(name)) {
        throw invalid([fault('is not an accepted name', 'path', 'event_type_name')]);
      }
      return inTurn(principal, name, async () => {
        const existing = await storage.eventTypes.get(principal.organizationId, name);
        return existing === null
          ? { created: true, value: await create(principal, name, given) }
          : {
              created: false,
              value: await change({ ...existing, ...settled(given), updatedAt: clock.now() }),
            };
      });
    },

    async patch(principal, name, input) {
      requireOrganization(principal);
      const given = check(eventTypePatch, input, 'body');
      return inTurn(principal, name, async () =>
        change({
          ...(await find(principal, name)),
          ...(given.description !== undefined && { description: given.description }),
          ...(given.archived !== undefined && { archived: given.archived }),
          ...(given.deprecated !== undefined && { deprecated: given.deprecated }),
          ...(given.featureFlag !== undefined && { featureFlag: given.featureFlag }),
          ...(given.schemas !== undefined && { schemas: given.schemas }),
          updatedAt: clock.now(),
        }),
      );
    },

    async delete(principal, name, { expunge = false } = {}) {
      requireOrganization(principal);
      await inTurn(principal, name, async () => {
        const existing = await find(principal, name);
        if (!expunge) await change({ ...existing, archived: true, updatedAt: clock.now() });
        else if (!(await storage.eventTypes.delete(principal.organizationId, name))) {
          throw notFound('Event type', name);
        }
      });
    },
  };
}

function settled(given: z.output<typeof eventTypeUpdate>) {
  return {
    description: given.description,
    archived: given.archived ?? false,
    deprecated: given.deprecated ?? false,
    featureFlag: given.featureFlag ?? null,
    schemas: given.schemas ?? null,
  };
}

function eventTypeOut(eventType: EventType): EventTypeOut {
  return {
    name: eventType.name,
    description: eventType.description,
    archived: eventType.archived,
    deprecated: eventType.deprecated,
    featureFlag: eventType.featureFlag,
    schemas: eventType.schemas && { ...eventType.schemas },
    createdAt: new Date(eventType.createdAt).toISOString(),
    updatedAt: new Date(eventType.updatedAt).toISOString(),
  };
}
