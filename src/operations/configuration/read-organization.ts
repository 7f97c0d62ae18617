import type { Application } from '../../domain/application.ts';
import { PosthasteError } from '../../domain/errors.ts';
import type { EventType } from '../../domain/event-type.ts';
import type { Page, PageRequest, Storage } from '../../storage/storage.ts';
import { MOST_OBJECTS } from './configuration-schemas.ts';

export async function allApplications(
  storage: Storage,
  organizationId: string,
): Promise<Application[]> {
  return readAll(
    (page) => storage.applications.list(organizationId, page),
    ({ id }) => id,
  );
}

/** All event types, archived ones included. */
export async function allEventTypes(
  storage: Storage,
  organizationId: string,
): Promise<EventType[]> {
  return visibleEventTypes(storage, organizationId, null);
}

/** The event types that the principal may see (`visibleFlags`), archived ones included. */
export async function visibleEventTypes(
  storage: Storage,
  organizationId: string,
  featureFlags: readonly string[] | null,
): Promise<EventType[]> {
  return readAll(
    (page) =>
      storage.eventTypes.list(organizationId, { ...page, includeArchived: true, featureFlags }),
    ({ name }) => name,
  );
}

export function refuseMoreThanDocument(count: number): void {
  if (count <= MOST_OBJECTS) return;
  throw new PosthasteError(
    'configuration_too_large',
    `The organization has more than ${MOST_OBJECTS} event types, applications and endpoints`,
  );
}

async function readAll<T>(
  list: (page: PageRequest) => Promise<Page<T>>,
  cursorOf: (row: T) => string,
): Promise<T[]> {
  const rows: T[] = [];
  for (;;) {
    const last = rows.at(-1);
    const after = last && { after: cursorOf(last) };
    const { data, done } = await list({ limit: 250, order: 'ascending', ...after });
    rows.push(...data);
    refuseMoreThanDocument(rows.length);
    if (done || data.length === 0) return rows;
  }
}
