import type { Kysely } from 'kysely';
import type { Endpoint } from '../../domain/endpoint.ts';
import type { Database } from '../schema.ts';
import type { SecretBox } from '../secret-box.ts';
import type { EndpointRepository } from '../storage.ts';
import { writeAudit, writeAuditIf } from './audit.ts';
import { pick } from './id-or-uid.ts';
import { keepAnswer, keepAnswerIf } from './kept-answers.ts';
import { keepEvent, keepEventIf } from './operational-events.ts';
import { pageOf, sliceOf } from './paging.ts';
import { disabledColumns, endpointChanges, endpointOf, endpointRow } from './rows.ts';
import type { SqlBackend } from './sql-backend.ts';

export function endpointRepository(
  { db, lookUp, list, write, nextDue, time }: SqlBackend,
  secretBox: SecretBox,
): EndpointRepository {
  const living = db.selectFrom('endpoint').selectAll().where('deleted_at', 'is', null);
  const ofLiving = (organizationId: string) =>
    db
      .selectFrom('endpoint')
      .innerJoin('application', 'application.id', 'endpoint.application_id')
      .where('endpoint.organization_id', '=', organizationId)
      .where('endpoint.deleted_at', 'is', null)
      .where('application.deleted_at', 'is', null);
  const toEndpoint = (row: Parameters<typeof endpointOf>[0]) => endpointOf(row, secretBox);
  const conflict = ({ uid }: Endpoint) =>
    `an endpoint with uid ${JSON.stringify(uid)} exists already`;

  return {
    async create(endpoint, answer, event, audit) {
      await write(
        [
          insertEndpoint(db, secretBox, endpoint),
          ...keepAnswer(db, secretBox, answer),
          ...keepEvent(db, event),
          ...writeAudit(db, audit),
        ],
        conflict(endpoint),
      );
    },

    async get(applicationId, id) {
      const owned = living.where('application_id', '=', applicationId);
      const row = pick(
        await lookUp(owned.where('id', '=', id).unionAll(owned.where('uid', '=', id))),
        id,
      );
      return row === undefined ? null : toEndpoint(row);
    },

    async list(applicationId, page) {
      const { bound, direction, limit } = sliceOf(page);
      const rows = await list(
        living
          .where('application_id', '=', applicationId)
          .$if(bound !== null, (query) => query.where('id', bound?.compare ?? '>', bound?.id ?? ''))
          .orderBy('id', direction)
          .limit(limit),
      );
      return pageOf(rows, page, toEndpoint);
    },

    async troubled(organizationId, limit) {
      const rows = await list(
        ofLiving(organizationId)
          .selectAll('endpoint')
          .select('application.name as application_name')
          .where((eb) =>
            eb.or([
              eb('failing_since', 'is not', null),
              eb('disabled_at', 'is not', null),
              eb('paused_at', 'is not', null),
            ]),
          )
          .orderBy((eb) => eb.fn.coalesce('failing_since', 'disabled_at', 'paused_at'))
          .orderBy('endpoint.id')
          .limit(limit),
      );
      return rows.map(({ application_name: applicationName, ...row }) => ({
        endpoint: toEndpoint(row),
        applicationName,
      }));
    },

    async count(organizationId) {
      const [row] = await list(
        ofLiving(organizationId).select((eb) => [
          eb.fn.countAll<number>().as('all'),
          eb.fn.count<number>('endpoint.disabled_at').as('disabled'),
        ]),
      );
      const { all = 0, disabled = 0 } = row ?? {};
      return { enabled: all - disabled, disabled };
    },

    async countApplications(organizationId, which) {
      const [row] = await list(
        ofLiving(organizationId)
          .select((eb) => eb.fn.count<number>('application.id').distinct().as('count'))
          .$if(which === 'enabled', (query) => query.where('endpoint.disabled_at', 'is', null)),
      );
      return row?.count ?? 0;
    },

    async nextDue(endpointIds) {
      const found = new Map<string, number>();
      for (const { endpoint_id, due_at } of await nextDue(endpointIds)) {
        if (due_at !== null) found.set(endpoint_id, time.local(due_at));
      }
      return found;
    },

    async all(applicationId) {
      const rows = await lookUp(living.where('application_id', '=', applicationId).orderBy('id'));
      return rows.map(toEndpoint);
    },

    async update(endpoint, found, answer, event, audit) {
      const changes = endpointChanges(endpoint, secretBox);
      const written = db
        .selectFrom('endpoint')
        .select('endpoint.id')
        .where('endpoint.id', '=', endpoint.id)
        .where('endpoint.updated_at', '=', changes.updated_at)
        // Another process may have changed it in the same millisecond.
        .where('endpoint.secrets', '=', changes.secrets);
      const isWritten = () => written;
      const [affected] = await write(
        [
          updateEndpoint(db, endpoint, found, changes),
          ...keepAnswerIf(db, secretBox, answer, isWritten),
          ...keepEventIf(db, event, isWritten),
          ...writeAuditIf(db, audit, isWritten),
        ],
        conflict(endpoint),
      );
      return affected === 1;
    },

    async delete(applicationId, id, now, event, audit) {
      const deleted = db
        .selectFrom('endpoint')
        .select('endpoint.id')
        .where('endpoint.id', '=', id)
        .where('endpoint.deleted_at', '=', now);
      const isDeleted = () => deleted;
      const [affected] = await write([
        deleteEndpoint(db, { applicationId, id }, now),
        ...keepEventIf(db, event, isDeleted),
        ...writeAuditIf(db, audit, isDeleted),
      ]);
      return affected === 1;
    },
  };
}

/** The queries of the repository that change rows. */

export function insertEndpoint(db: Kysely<Database>, secretBox: SecretBox, endpoint: Endpoint) {
  return db.insertInto('endpoint').values(endpointRow(endpoint, secretBox));
}

export function updateEndpoint(
  db: Kysely<Database>,
  endpoint: Endpoint,
  found: Endpoint,
  changes: ReturnType<typeof endpointChanges>,
) {
  const switched = endpoint.disabled?.at !== found.disabled?.at;
  const health = switched && endpoint.disabled === null && { ...NOT_FAILING, failed_count: 0 };
  return db
    .updateTable('endpoint')
    .set({
      ...changes,
      ...(switched && disabledColumns(endpoint)),
      // Failures of the previous URL don't count for the new one.
      ...(endpoint.url !== found.url && NOT_FAILING),
      ...health,
    })
    .where('id', '=', endpoint.id)
    .where('application_id', '=', endpoint.applicationId)
    .where('updated_at', '=', found.updatedAt)
    .where('deleted_at', 'is', null);
}

export function deleteEndpoint(
  db: Kysely<Database>,
  { applicationId, id }: Pick<Endpoint, 'applicationId' | 'id'>,
  now: number,
) {
  return db
    .updateTable('endpoint')
    .set({ deleted_at: now })
    .where('id', '=', id)
    .where('application_id', '=', applicationId)
    .where('deleted_at', 'is', null);
}

const NOT_FAILING = { failing_since: null, last_failed_at: null };
