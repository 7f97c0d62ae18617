import type { EventType } from '../../../domain/event-type.ts';
import { newestSchema } from '../newest-schema.ts';
import { DRAFT_7 } from '../json-schema.ts';
import { isObject } from './json-pointer.ts';
import type { EventTypeOpenApiOut } from './openapi-schemas.ts';

/** An OpenAPI 3.1 document whose webhooks are the event types. Importing it changes nothing. */
export function exportWebhooks(eventTypes: readonly EventType[]): EventTypeOpenApiOut {
  return {
    openapi: '3.1.0',
    info: { title: 'Event types', version: '1' },
    webhooks: Object.fromEntries(
      eventTypes.map((eventType) => [eventType.name, itemOf(eventType)]),
    ),
  };
}

function itemOf(eventType: EventType): object {
  const schema = newestSchema(eventType);
  const { description, deprecated, groupName, featureFlags } = eventType;
  return {
    post: {
      ...(description !== '' && { description }),
      ...(deprecated && { deprecated }),
      ...(groupName !== null && { 'x-group-name': groupName }),
      ...(featureFlags.length > 0 && { 'x-feature-flags': [...featureFlags] }),
      ...(schema && {
        requestBody: {
          required: true,
          content: { 'application/json': { schema: standingAlone(schema, eventType.name) } },
        },
      }),
      responses: { '2XX': { description: 'Delivered' } },
    },
  };
}

/** Adds an `$id`: without it, `#` in an OpenAPI document refers to the document, not to the schema. */
function standingAlone(schema: object, name: string): object {
  const needsId = !('$id' in schema) && refers(schema);
  return {
    ...(!('$schema' in schema) && { $schema: `${DRAFT_7}#` }),
    ...(needsId && { $id: idOf(name) }),
    ...schema,
  };
}

function refers(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(refers);
  if (!isObject(value)) return false;
  return '$ref' in value || '$dynamicRef' in value || Object.values(value).some(refers);
}

/** The `$id` that an export adds to the schema of an event type. */
export function idOf(name: string): string {
  return `urn:posthaste:event-type:${name}`;
}
