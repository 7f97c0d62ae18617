import type { Kysely } from 'kysely';
import type { Application } from '../../domain/application.ts';
import type { SecretBox } from '../secret-box.ts';
import type { ApplicationRepository } from '../storage.ts';
import { writeAudit, writeAuditIf } from './audit.ts';
import type { Database } from '../schema.ts';
import { pick } from './id-or-uid.ts';
import { keepAnswer } from './kept-answers.ts';
import { keepEventIf } from './operational-events.ts';
import { pageOf, sliceOf } from './paging.ts';
import { applicationChanges, applicationOf, applicationRow } from './rows.ts';
import type { SqlBackend } from './sql-backend.ts';

export function applicationRepository(
  { db, lookUp, list, write }: SqlBackend,
  secretBox: SecretBox,
): ApplicationRepository {
  const living = db.selectFrom('application').selectAll().where('deleted_at', 'is', null);
  const conflict = (uid: string | null) =>
    `an application with uid ${JSON.stringify(uid)} exists already`;

  return {
    async create(application, answer, audit) {
      await write(
        [
          insertApplication(db, application),
          ...keepAnswer(db, secretBox, answer),
          ...writeAudit(db, audit),
        ],
        conflict(application.uid),
      );
    },

    async get(organizationId, id) {
      const owned = living.where('organization_id', '=', organizationId);
      const row = pick(
        await lookUp(owned.where('id', '=', id).unionAll(owned.where('uid', '=', id))),
        id,
      );
      return row === undefined ? null : applicationOf(row);
    },

    async list(organizationId, page) {
      const { bound, direction, limit } = sliceOf(page);
      const rows = await list(
        living
          .where('organization_id', '=', organizationId)
          .$if(bound !== null, (query) => query.where('id', bound?.compare ?? '>', bound?.id ?? ''))
          .orderBy('id', direction)
          .limit(limit),
      );
      return pageOf(rows, page, applicationOf);
    },

    async update(application, found, audit) {
      const recorded = writeAuditIf(db, audit, (rows) =>
        rows
          .selectFrom('application')
          .select('application.id')
          .where('application.id', '=', application.id)
          .where('application.updated_at', '=', application.updatedAt),
      );
      const query = updateApplication(db, application, found);
      const [affected] = await write([query, ...recorded], conflict(application.uid));
      return affected === 1;
    },

    async delete(organizationId, id, now, audit, events = []) {
      const deleted = db
        .selectFrom('application')
        .select('application.id')
        .where('application.id', '=', id)
        .where('application.organization_id', '=', organizationId)
        .where('application.deleted_at', '=', now);
      const [affected] = await write([
        ...deleteApplication(db, { organizationId, id }, now),
        ...events.flatMap((event) =>
          keepEventIf(db, event, (eb) =>
            eb
              .selectFrom('endpoint')
              .select('endpoint.id')
              .where('endpoint.id', '=', event.endpointId)
              .where('endpoint.application_id', '=', id)
              .where('endpoint.deleted_at', '=', now),
          ),
        ),
        ...writeAuditIf(db, audit, () => deleted),
      ]);
      return affected === 1;
    },
  };
}

/** The queries of the repository that change rows. */

export function insertApplication(db: Kysely<Database>, application: Application) {
  return db.insertInto('application').values(applicationRow(application));
}

export function updateApplication(
  db: Kysely<Database>,
  application: Application,
  found: Pick<Application, 'updatedAt'>,
) {
  return db
    .updateTable('application')
    .set(applicationChanges(application))
    .where('id', '=', application.id)
    .where('organization_id', '=', application.organizationId)
    .where('updated_at', '=', found.updatedAt)
    .where('deleted_at', 'is', null);
}

/** Two queries: the first deletes the application, the second its endpoints. */
export function deleteApplication(
  db: Kysely<Database>,
  { organizationId, id }: Pick<Application, 'organizationId' | 'id'>,
  now: number,
) {
  const ofOrganization = db
    .selectFrom('application')
    .select('id')
    .where('id', '=', id)
    .where('organization_id', '=', organizationId);
  return [
    db
      .updateTable('application')
      .set({ deleted_at: now })
      .where('id', '=', id)
      .where('organization_id', '=', organizationId)
      .where('deleted_at', 'is', null),
    db
      .updateTable('endpoint')
      .set({ deleted_at: now })
      .where('application_id', 'in', ofOrganization)
      .where('deleted_at', 'is', null),
  ] as const;
}
