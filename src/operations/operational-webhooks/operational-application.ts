import {
  OPERATIONAL_EVENT_TYPES,
  operationalOrganization,
} from '../../domain/operational-event.ts';
import type { Application } from '../../domain/application.ts';
import type { Storage } from '../../storage/storage.ts';
import { createApplication, isConflict } from '../applications/create-application.ts';
import type { Context } from '../context.ts';

const UID = 'operational';

/** The application that holds an organization's operational endpoints; null: it never had any. */
export function findOperationalApplication(
  { applications }: Pick<Storage, 'applications'>,
  organizationId: string,
): Promise<Application | null> {
  return applications.get(operationalOrganization(organizationId), UID);
}

/** With the event types that its endpoints may name. */
export async function createOperationalApplication(
  context: Context,
  organizationId: string,
): Promise<Application> {
  const hidden = operationalOrganization(organizationId);
  for (const [name, description] of Object.entries(OPERATIONAL_EVENT_TYPES)) {
    const now = context.clock.now();
    await unlessThere(() =>
      context.storage.eventTypes.create({
        organizationId: hidden,
        name,
        description,
        archived: false,
        deprecated: false,
        featureFlag: null,
        schemas: null,
        createdAt: now,
        updatedAt: now,
      }),
    );
  }
  const fields = {
    name: 'Operational webhooks',
    uid: UID,
    throttleRate: null,
    rateLimit: null,
  };
  await unlessThere(() => createApplication(context, hidden, fields));
  const found = await findOperationalApplication(context.storage, organizationId);
  if (found === null) throw new Error('the application of operational webhooks is gone');
  return found;
}

/** Another request may create the same at the same time. */
async function unlessThere(create: () => Promise<unknown>): Promise<void> {
  await create().catch((error: unknown) => {
    if (!isConflict(error)) throw error;
  });
}
