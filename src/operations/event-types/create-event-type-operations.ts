import type { z } from 'zod';
import { type FieldError, notFound } from '../../domain/errors.ts';
import type { EventType } from '../../domain/event-type.ts';
import { shows, visibleFlags } from '../access.ts';
import { editNewest } from '../edit-newest.ts';
import type { Context } from '../context.ts';
import { isName, nameInPaths } from '../fields.ts';
import type { Keep } from '../idempotency.ts';
import { toListOut, pageRequest } from '../paging.ts';
import type { Principal } from '../principal.ts';
import { check, fieldError, withErrors } from '../validation.ts';
import { toEventTypeOut } from './event-type-out.ts';
import type { EventTypeOperations } from './event-type-operations.ts';
import {
  type EventTypeOut,
  checkedEventTypeIn,
  checkedEventTypeUpdate,
  eventTypeListOptions,
  eventTypePatch,
  type eventTypeUpdate,
} from './event-type-schemas.ts';
import { flagsOf } from './feature-flags.ts';
import { createOpenapiOperations } from './openapi/create-openapi-operations.ts';
import { schemaErrors } from './json-schema.ts';

export function createEventTypeOperations(context: Context): EventTypeOperations {
  const { storage, clock, editMutex, audit, payloadRules } = context;

  async function find(principal: Principal, name: string): Promise<EventType> {
    const found = isName(name)
      ? await storage.eventTypes.get(principal.organizationId, name)
      : null;
    if (found === null || !shows(principal, found)) {
      throw notFound('Event type', name);
    }
    return found;
  }

  function exclusively<T>(principal: Principal, name: string, run: () => Promise<T>): Promise<T> {
    return editMutex(`${principal.organizationId}/${name}`, run).finally(() =>
      payloadRules.forget(),
    );
  }

  async function edit(
    principal: Principal,
    name: string,
    apply: (found: EventType) => EventType,
    keep?: Keep<EventTypeOut>,
  ): Promise<EventTypeOut> {
    const edited = await editNewest({
      clock,
      find: () => find(principal, name),
      apply,
      update: (eventType, found) =>
        storage.eventTypes.update(
          eventType,
          found,
          keep?.(toEventTypeOut(eventType)),
          audit(principal, { eventType: name }),
        ),
    });
    return toEventTypeOut(edited);
  }

  async function create(
    principal: Principal,
    name: string,
    given: z.output<typeof eventTypeUpdate>,
    keep?: Keep<EventTypeOut>,
  ): Promise<EventTypeOut> {
    const now = clock.now();
    const eventType = {
      organizationId: principal.organizationId,
      name,
      ...withDefaults(given),
      createdAt: now,
      updatedAt: now,
    };
    const out = toEventTypeOut(eventType);
    await storage.eventTypes.create(eventType, keep?.(out), audit(principal, { eventType: name }));
    return out;
  }

  return {
    ...createOpenapiOperations(context),

    async create(principal, input, keep) {
      const given = await checkInput(checkedEventTypeIn, input);
      return exclusively(principal, given.name, async () => {
        const existing = await storage.eventTypes.get(principal.organizationId, given.name);
        return existing?.archived
          ? edit(principal, given.name, (found) => ({ ...found, ...withDefaults(given) }), keep)
          : create(principal, given.name, given, keep);
      });
    },

    async list(principal, options = {}) {
      const checked = check(eventTypeListOptions, options, 'query');
      const page = await storage.eventTypes.list(principal.organizationId, {
        ...pageRequest(checked, 'name', 'ascending'),
        includeArchived: checked.includeArchived,
        featureFlags: visibleFlags(principal),
      });
      return toListOut(
        page,
        (eventType) => eventType.name,
        (eventType) => {
          const out = toEventTypeOut(eventType);
          return checked.withContent ? out : { ...out, schemas: null };
        },
      );
    },

    async get(principal, name) {
      return toEventTypeOut(await find(principal, name));
    },

    async update(principal, name, input) {
      const isAccepted = nameInPaths.safeParse(name).success;
      const given = await checkInput(checkedEventTypeUpdate, input, isAccepted ? [] : [WRONG_NAME]);
      return exclusively(principal, name, async () => {
        const existing = await storage.eventTypes.get(principal.organizationId, name);
        return existing === null
          ? { created: true, value: await create(principal, name, given) }
          : {
              created: false,
              value: await edit(principal, name, (found) => ({ ...found, ...withDefaults(given) })),
            };
      });
    },

    async patch(principal, name, input) {
      const given = await checkInput(eventTypePatch, input);
      const featureFlags = flagsOf(given);
      return exclusively(principal, name, async () =>
        edit(principal, name, (found) => ({
          ...found,
          ...(given.description !== undefined && { description: given.description }),
          ...(given.archived !== undefined && { archived: given.archived }),
          ...(given.deprecated !== undefined && { deprecated: given.deprecated }),
          ...(featureFlags !== undefined && { featureFlags }),
          ...(given.groupName !== undefined && { groupName: given.groupName }),
          ...(given.schemas !== undefined && { schemas: given.schemas }),
        })),
      );
    },

    async delete(principal, name, { expunge = false } = {}) {
      await exclusively(principal, name, async () => {
        if (!expunge) await edit(principal, name, (found) => ({ ...found, archived: true }));
        else {
          const entry = audit(principal, { eventType: name });
          if (!(await storage.eventTypes.delete(principal.organizationId, name, entry))) {
            throw notFound('Event type', name);
          }
        }
      });
    },
  };
}

/** The checked input. Throws `validation` with every field error. */
async function checkInput<T>(
  schema: z.ZodType<T>,
  input: unknown,
  others: readonly FieldError[] = [],
): Promise<T> {
  const schemas = (input as { schemas?: unknown } | null | undefined)?.schemas;
  const errors = schemas ? await schemaErrors(schemas) : [];
  return withErrors([...errors, ...others], () => check(schema, input, 'body'));
}

const WRONG_NAME = fieldError('is not an accepted name', 'path', 'event_type_name');

/** The fields that creation and update set, with defaults for absent ones. */
function withDefaults(given: z.output<typeof eventTypeUpdate>) {
  return {
    description: given.description,
    archived: given.archived ?? false,
    deprecated: given.deprecated ?? false,
    featureFlags: flagsOf(given) ?? [],
    groupName: given.groupName ?? null,
    schemas: given.schemas ?? null,
  };
}
