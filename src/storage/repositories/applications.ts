import type { SecretBox } from '../secret-box.ts';
import type { ApplicationRepository } from '../storage.ts';
import { writeAudit, writeAuditIf } from './audit.ts';
import { pick } from './id-or-uid.ts';
import { keepAnswer } from './kept-answers.ts';
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
          db.insertInto('application').values(applicationRow(application)),
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
      const changes = applicationChanges(application);
      const query = db
        .updateTable('application')
        .set(changes)
        .where('id', '=', application.id)
        .where('organization_id', '=', application.organizationId)
        .where('updated_at', '=', found.updatedAt)
        .where('deleted_at', 'is', null);
      const recorded = writeAuditIf(db, audit, (rows) =>
        rows
          .selectFrom('application')
          .select('application.id')
          .where('application.id', '=', application.id)
          .where('application.updated_at', '=', changes.updated_at),
      );
      const [affected] = await write([query, ...recorded], conflict(application.uid));
      return affected === 1;
    },

    async delete(organizationId, id, now, audit) {
      const ofOrganization = db
        .selectFrom('application')
        .select('id')
        .where('id', '=', id)
        .where('organization_id', '=', organizationId);
      const [, affected] = await write([
        db
          .updateTable('endpoint')
          .set({ deleted_at: now })
          .where('application_id', 'in', ofOrganization)
          .where('deleted_at', 'is', null),
        db
          .updateTable('application')
          .set({ deleted_at: now })
          .where('id', '=', id)
          .where('organization_id', '=', organizationId)
          .where('deleted_at', 'is', null),
        ...writeAuditIf(db, audit, () => ofOrganization.where('deleted_at', '=', now)),
      ]);
      return affected === 1;
    },
  };
}
