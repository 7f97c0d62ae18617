import type { z } from 'zod';
import type { Application } from '../../domain/application.ts';
import { PosthasteError } from '../../domain/errors.ts';
import type { KeptAnswer } from '../../storage/storage.ts';
import type { Context } from '../context.ts';
import type { Principal } from '../principal.ts';
import type { applicationIn } from './application-schemas.ts';

/** Creates and stores an application, for a request of its own or as the inline application of a message. */
export async function createApplication(
  context: Context,
  principal: Principal,
  fields: z.output<typeof applicationIn>,
  /** The answer to store in the same transaction. */
  answerOf: (application: Application) => KeptAnswer | undefined = () => undefined,
): Promise<Application> {
  const now = context.clock.now();
  const application: Application = {
    id: context.ids.next('app'),
    organizationId: principal.organizationId,
    ...withDefaults(fields),
    createdAt: now,
    updatedAt: now,
  };
  const audit = context.audit(principal, { applicationId: application.id });
  await context.storage.applications.create(application, answerOf(application), audit);
  context.endpointCache.invalidate(application.id);
  return application;
}

export function isConflict(error: unknown): boolean {
  return error instanceof PosthasteError && error.code === 'conflict';
}

/** The fields that creation and update set, with defaults for absent ones. */
export function withDefaults(fields: z.output<typeof applicationIn>) {
  return {
    name: fields.name,
    uid: fields.uid ?? null,
    rateLimit: fields.throttleRate ?? null,
    payloadRetentionDays: fields.payloadRetentionPeriod ?? null,
    metadata: fields.metadata ?? {},
    policy: fields.policy ?? {},
  };
}
