import {
  OPERATIONAL_EVENT_TYPES,
  OPERATIONAL_ORGANIZATION,
} from '../../domain/operational-event.ts';
import type { Application } from '../../domain/application.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Storage } from '../../storage/storage.ts';
import { createApplication, isConflict } from '../applications/create-application.ts';
import type { Context } from '../context.ts';

/** The hidden application of an organization's operational endpoints; null: it never had any. */
export function findOperationalApplication(
  { applications }: Pick<Storage, 'applications'>,
  organizationId: string,
): Promise<Application | null> {
  return applications.get(OPERATIONAL_ORGANIZATION, organizationId);
}

export async function createOperationalApplication(
  context: Context,
  organizationId: string,
): Promise<Application> {
  const fields = {
    name: 'Operational webhooks',
    uid: organizationId,
    throttleRate: null,
    rateLimit: null,
  };
  const owner = { organizationId: OPERATIONAL_ORGANIZATION };
  await unlessThere(() => createApplication(context, owner, fields));
  const found = await findOperationalApplication(context.storage, organizationId);
  if (found === null)
    throw new Error('the hidden application of operational webhooks does not exist');
  return found;
}

/** Creates missing event types of operational webhooks. */
export async function provideOperationalEventTypes(
  { eventTypes }: Pick<Storage, 'eventTypes'>,
  clock: Pick<Clock, 'now'>,
): Promise<void> {
  const organizationId = OPERATIONAL_ORGANIZATION;
  const wanted = Object.entries(OPERATIONAL_EVENT_TYPES);
  const existing = await eventTypes.existing(organizationId, Object.keys(OPERATIONAL_EVENT_TYPES));
  const names = new Set(existing.map(({ name }) => name));
  const now = clock.now();
  const missing = wanted.filter(([name]) => !names.has(name));
  await Promise.all(
    missing.map(([name, description]) =>
      unlessThere(() =>
        eventTypes.create({
          organizationId,
          name,
          description,
          archived: false,
          deprecated: false,
          featureFlags: [],
          groupName: null,
          schemas: null,
          createdAt: now,
          updatedAt: now,
        }),
      ),
    ),
  );
}

/** Ignores a conflict: another request or process may create the same row at the same time. */
async function unlessThere(create: () => Promise<unknown>): Promise<void> {
  await create().catch((error: unknown) => {
    if (!isConflict(error)) throw error;
  });
}
