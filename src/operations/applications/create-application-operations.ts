import { changeEndpoints } from '../change-endpoints.ts';
import type { Application } from '../../domain/application.ts';
import type { Endpoint } from '../../domain/endpoint.ts';
import { notFound } from '../../domain/errors.ts';
import { isId } from '../../domain/ids.ts';
import { findApplication } from '../access.ts';
import { editNewest } from '../edit-newest.ts';
import type { Context } from '../context.ts';
import { isName, unacceptedUid } from '../fields.ts';
import { checkRenamed } from '../old-names.ts';
import { endedEvents } from '../operational-webhooks/announcements.ts';
import { toListOut, pageRequest } from '../paging.ts';
import { toPolicyOut } from '../policy.ts';
import type { Principal } from '../principal.ts';
import { check, withErrors } from '../validation.ts';
import type { ApplicationOperations } from './application-operations.ts';
import {
  type ApplicationOut,
  applicationListOptions,
  applicationPatch,
  checkedApplicationIn,
} from './application-schemas.ts';
import { createApplication, isConflict, withDefaults } from './create-application.ts';

export function createApplicationOperations(context: Context): ApplicationOperations {
  const { storage, clock, editMutex, audit, announcements } = context;

  async function edit(
    principal: Principal,
    app: string,
    apply: (application: Application) => Application,
  ): Promise<ApplicationOut> {
    const { id } = await findApplication(storage, principal, app);
    const edited = await editMutex(id, () =>
      editNewest({
        clock,
        find: () => findApplication(storage, principal, id),
        apply,
        update: (application, found) =>
          changeAll(id, () =>
            storage.applications.update(
              application,
              found,
              audit(principal, { applicationId: id }),
            ),
          ),
      }),
    );
    return toApplicationOut(edited);
  }

  /** Updates all endpoints, too, because the engine caches endpoints together with their application's policy. */
  async function changeAll<T>(
    applicationId: string,
    change: (endpoints: readonly Endpoint[]) => Promise<T>,
  ): Promise<T> {
    const endpoints = await storage.endpoints.all(applicationId);
    const endpointIds = endpoints.map((endpoint) => endpoint.id);
    return changeEndpoints(context, applicationId, endpointIds, () => change(endpoints));
  }

  return {
    async create(principal, input, { getIfExists = false, keep } = {}) {
      const fields = checkRenamed(checkedApplicationIn, input);
      if (getIfExists && fields.uid) {
        const existing = await findByUid(context, principal.organizationId, fields.uid);
        if (existing) return { created: false, value: toApplicationOut(existing) };
      }
      try {
        const answered = (application: Application) => ({
          created: true,
          value: toApplicationOut(application),
        });
        return answered(
          await createApplication(context, principal, fields, (application) =>
            keep?.(answered(application)),
          ),
        );
      } catch (error) {
        if (!getIfExists || !fields.uid || !isConflict(error)) throw error;
        const winner = await findByUid(context, principal.organizationId, fields.uid);
        if (winner === null) throw error;
        return { created: false, value: toApplicationOut(winner) };
      }
    },

    async list(principal, options = {}) {
      const page = pageRequest(check(applicationListOptions, options, 'query'), 'app', 'ascending');
      return toListOut(
        await storage.applications.list(principal.organizationId, page),
        (application) => application.id,
        toApplicationOut,
      );
    },

    async get(principal, app) {
      return toApplicationOut(await findApplication(storage, principal, app));
    },

    async update(principal, app, input) {
      const fields = withErrors(unacceptedUid('app', app), () =>
        checkRenamed(checkedApplicationIn, input),
      );
      const existing = isName(app)
        ? await storage.applications.get(principal.organizationId, app)
        : null;
      const uid = fields.uid === undefined && !isId('app', app) ? app : (fields.uid ?? null);
      if (existing === null) {
        if (isId('app', app)) throw notFound('Application', app);
        const created = await createApplication(context, principal, {
          ...fields,
          uid,
        });
        return { created: true, value: toApplicationOut(created) };
      }
      const value = await edit(principal, existing.id, (application) => ({
        ...application,
        ...withDefaults({ ...fields, uid }),
      }));
      return { created: false, value };
    },

    async patch(principal, app, input) {
      const fields = checkRenamed(applicationPatch, input);
      return edit(principal, app, (application) => ({
        ...application,
        ...(fields.name !== undefined && { name: fields.name }),
        ...(fields.uid !== undefined && { uid: fields.uid }),
        ...(fields.throttleRate !== undefined && { rateLimit: fields.throttleRate }),
        ...(fields.payloadRetentionPeriod !== undefined && {
          payloadRetentionDays: fields.payloadRetentionPeriod,
        }),
        ...(fields.metadata !== undefined && { metadata: fields.metadata ?? {} }),
        ...(fields.policy !== undefined && { policy: fields.policy ?? {} }),
      }));
    },

    async delete(principal, app) {
      const application = await findApplication(storage, principal, app);
      const { id } = application;
      await editMutex(id, async () => {
        const isDeleted = await changeAll(id, (endpoints) => {
          const now = clock.now();
          return storage.applications.delete(
            principal.organizationId,
            id,
            now,
            audit(principal, { applicationId: id }),
            endedEvents(announcements, application, endpoints, now),
          );
        });
        if (!isDeleted) throw notFound('Application', app);
      });
      announcements.kept();
    },
  };
}

async function findByUid(
  context: Context,
  organizationId: string,
  uid: string,
): Promise<Application | null> {
  const found = await context.storage.applications.get(organizationId, uid);
  return found?.uid === uid ? found : null;
}

function toApplicationOut(application: Application): ApplicationOut {
  return {
    id: application.id,
    name: application.name,
    uid: application.uid,
    throttleRate: application.rateLimit,
    rateLimit: application.rateLimit,
    metadata: { ...application.metadata },
    payloadRetentionPeriod: application.payloadRetentionDays,
    policy: toPolicyOut(application.policy),
    createdAt: new Date(application.createdAt).toISOString(),
    updatedAt: new Date(application.updatedAt).toISOString(),
  };
}
