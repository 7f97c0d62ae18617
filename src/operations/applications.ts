import { z } from 'zod';
import type { Application } from '../domain/application.ts';
import { PosthasteError, invalid, notFound } from '../domain/errors.ts';
import { isId } from '../domain/ids.ts';
import { findApplication, requireOrganization } from './access.ts';
import type { Context } from './context.ts';
import { isName, metadata, throttleRate, uid } from './fields.ts';
import type { ApplicationOperations, Principal } from './operations.ts';
import { listOut, orderedListOptions, pageRequest } from './paging.ts';
import { policy, policyOut } from './policy.ts';
import type { ApplicationOut } from './shapes.ts';
import { check, fault } from './validation.ts';

export const applicationIn = z.object({
  name: z.string().min(1).max(1024),
  uid,
  throttleRate,
  metadata: metadata.optional(),
  policy,
});

export const applicationPatch = applicationIn.partial();

export function createApplicationOperations(context: Context): ApplicationOperations {
  const { storage, clock, turns } = context;

  async function change(
    principal: Principal,
    app: string,
    edit: (application: Application) => Application,
  ): Promise<ApplicationOut> {
    const { id } = await findApplication(storage, principal, app);
    return turns(id, async () => {
      const application = edit(await findApplication(storage, principal, id));
      if (!(await storage.applications.update(application))) throw notFound('Application', app);
      await changed(id);
      return applicationOut(application);
    });
  }

  /** What the delivery engine knows of the endpoints depends on their application's policy. */
  async function changed(applicationId: string): Promise<void> {
    context.directory.invalidate(applicationId);
    for (const endpoint of await storage.endpoints.all(applicationId)) {
      context.dispatch.endpointChanged(endpoint.id);
    }
  }

  return {
    async create(principal, input, { getIfExists = false } = {}) {
      requireOrganization(principal);
      const fields = check(applicationIn, input, 'body');
      if (getIfExists && fields.uid) {
        const existing = await byUid(context, principal.organizationId, fields.uid);
        if (existing) return { created: false, value: applicationOut(existing) };
      }
      try {
        const created = await createApplication(context, principal.organizationId, fields);
        return { created: true, value: applicationOut(created) };
      } catch (error) {
        if (!getIfExists || !fields.uid || !isConflict(error)) throw error;
        const winner = await byUid(context, principal.organizationId, fields.uid);
        if (winner === null) throw error;
        return { created: false, value: applicationOut(winner) };
      }
    },

    async list(principal, options = {}) {
      requireOrganization(principal);
      const page = pageRequest(check(orderedListOptions, options, 'query'), 'app', 'ascending');
      return listOut(
        await storage.applications.list(principal.organizationId, page),
        (application) => application.id,
        applicationOut,
      );
    },

    async get(principal, app) {
      return applicationOut(await findApplication(storage, principal, app));
    },

    async update(principal, app, input) {
      requireOrganization(principal);
      const fields = check(applicationIn, input, 'body');
      const existing = isName(app)
        ? await storage.applications.get(principal.organizationId, app)
        : null;
      const uid = fields.uid === undefined && !isId('app', app) ? app : (fields.uid ?? null);
      if (existing === null) {
        if (isId('app', app)) throw notFound('Application', app);
        if (!isName(app)) throw invalid([fault('is not an accepted uid', 'path', 'app_id')]);
        const created = await createApplication(context, principal.organizationId, {
          ...fields,
          uid,
        });
        return { created: true, value: applicationOut(created) };
      }
      const value = await change(principal, existing.id, (application) => ({
        ...application,
        ...settled({ ...fields, uid }),
        updatedAt: clock.now(),
      }));
      return { created: false, value };
    },

    async patch(principal, app, input) {
      requireOrganization(principal);
      const fields = check(applicationPatch, input, 'body');
      return change(principal, app, (application) => ({
        ...application,
        ...(fields.name !== undefined && { name: fields.name }),
        ...(fields.uid !== undefined && { uid: fields.uid }),
        ...(fields.throttleRate !== undefined && { rateLimit: fields.throttleRate }),
        ...(fields.metadata !== undefined && { metadata: fields.metadata }),
        ...(fields.policy !== undefined && { policy: fields.policy ?? {} }),
        updatedAt: clock.now(),
      }));
    },

    async delete(principal, app) {
      requireOrganization(principal);
      const { id } = await findApplication(storage, principal, app);
      await turns(id, async () => {
        const endpoints = await storage.endpoints.all(id);
        const gone = await storage.applications.delete(principal.organizationId, id, clock.now());
        if (!gone) throw notFound('Application', app);
        context.directory.invalidate(id);
        for (const endpoint of endpoints) context.dispatch.endpointChanged(endpoint.id);
      });
    },
  };
}

/** Also for a message that brings its application along. */
export async function createApplication(
  context: Context,
  organizationId: string,
  fields: z.output<typeof applicationIn>,
): Promise<Application> {
  const now = context.clock.now();
  const application: Application = {
    id: context.ids.next('app'),
    organizationId,
    ...settled(fields),
    createdAt: now,
    updatedAt: now,
  };
  await context.storage.applications.create(application);
  context.directory.invalidate(application.id);
  return application;
}

export function isConflict(error: unknown): boolean {
  return error instanceof PosthasteError && error.code === 'conflict';
}

async function byUid(
  context: Context,
  organizationId: string,
  uid: string,
): Promise<Application | null> {
  const found = await context.storage.applications.get(organizationId, uid);
  return found?.uid === uid ? found : null;
}

function settled(fields: z.output<typeof applicationIn>) {
  return {
    name: fields.name,
    uid: fields.uid ?? null,
    rateLimit: fields.throttleRate ?? null,
    metadata: fields.metadata ?? {},
    policy: fields.policy ?? {},
  };
}

function applicationOut(application: Application): ApplicationOut {
  return {
    id: application.id,
    name: application.name,
    uid: application.uid,
    throttleRate: application.rateLimit,
    metadata: { ...application.metadata },
    policy: policyOut(application.policy),
    createdAt: new Date(application.createdAt).toISOString(),
    updatedAt: new Date(application.updatedAt).toISOString(),
  };
}
