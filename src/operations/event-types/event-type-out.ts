import type { EventType } from '../../domain/event-type.ts';
import type { EventTypeOut } from './event-type-schemas.ts';

export function toEventTypeOut(eventType: EventType): EventTypeOut {
  return {
    name: eventType.name,
    description: eventType.description,
    archived: eventType.archived,
    deprecated: eventType.deprecated,
    groupName: eventType.groupName,
    featureFlags: eventType.featureFlags.length === 0 ? null : [...eventType.featureFlags],
    featureFlag: eventType.featureFlags[0] ?? null,
    schemas: eventType.schemas && { ...eventType.schemas },
    createdAt: new Date(eventType.createdAt).toISOString(),
    updatedAt: new Date(eventType.updatedAt).toISOString(),
  };
}
