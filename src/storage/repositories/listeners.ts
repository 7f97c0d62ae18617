import { sql } from 'kysely';
import type { ListenerAnswer } from '../../domain/listener.ts';
import type { ListenerRepository } from '../listeners.ts';
import type { ListenerTable } from '../schema.ts';
import type { SecretBox } from '../secret-box.ts';
import { isOneOf } from './is-one-of.ts';
import type { SqlBackend, StoredTime } from './sql-backend.ts';

/** Requests and answers are sealed at rest, because their headers hold credentials and signatures. */
export function listenerRepository(
  { db, lookUp, write, time }: SqlBackend,
  secretBox: SecretBox,
): ListenerRepository {
  return {
    async keep({ id, organizationId, applicationId, expiresAt }) {
      const [count = 0] = await write([
        db
          .insertInto('listener')
          .values({
            id,
            organization_id: organizationId,
            application_id: applicationId,
            expires_at: time.stored(expiresAt),
          })
          .onConflict((conflict) =>
            conflict
              .column('id')
              .doUpdateSet({ expires_at: time.stored(expiresAt) })
              .where('listener.application_id', '=', applicationId),
          ),
      ]);
      return count > 0;
    },

    async get(id, now) {
      const [row] = await lookUp(
        db
          .selectFrom('listener')
          .selectAll()
          .where('id', '=', id)
          .where('expires_at', '>', time.stored(now)),
      );
      return row === undefined ? null : listenerOf(row, time);
    },

    async count(applicationId, now) {
      const [row] = await lookUp(
        db
          .selectFrom('listener')
          .select((eb) => eb.fn.countAll().as('count'))
          .where('application_id', '=', applicationId)
          .where('expires_at', '>', time.stored(now)),
      );
      return Number(row?.count ?? 0);
    },

    async expired(now, limit) {
      const rows = await lookUp(
        db
          .selectFrom('listener')
          .selectAll()
          .where('expires_at', '<=', time.stored(now))
          .orderBy('expires_at')
          .limit(limit),
      );
      return rows.map((row) => listenerOf(row, time));
    },

    async delete(id) {
      await write([
        db.deleteFrom('listener_request').where('listener_id', '=', id),
        db.deleteFrom('listener').where('id', '=', id),
      ]);
    },

    async ask({ id, listenerId, head, body, expiresAt }, now) {
      const request = secretBox.seal(JSON.stringify({ head, body }));
      const [count = 0] = await write([
        db
          .insertInto('listener_request')
          .columns(['id', 'listener_id', 'request', 'expires_at'])
          .expression(
            db
              .selectFrom('listener')
              .select([
                sql<string>`cast(${id} as text)`.as('id'),
                'listener.id as listener_id',
                sql<string>`cast(${request} as text)`.as('request'),
                sql<number>`cast(${time.stored(expiresAt)} as bigint)`.as('expires_at'),
              ])
              .where('listener.id', '=', listenerId)
              .where('listener.expires_at', '>', time.stored(now)),
          ),
      ]);
      return count > 0;
    },

    async open(listenerId, known, now, limit) {
      const rows = await lookUp(
        db
          .selectFrom('listener_request')
          .select(['id', 'listener_id', 'request', 'expires_at'])
          .where('listener_id', '=', listenerId)
          .where('answer', 'is', null)
          .where('expires_at', '>', time.stored(now))
          .where((eb) => eb.not(isOneOf('id', known)))
          .orderBy('id')
          .limit(limit),
      );
      return rows.map((row) => ({
        id: row.id,
        listenerId: row.listener_id,
        ...(JSON.parse(secretBox.open(row.request)) as { head: string; body: string }),
        expiresAt: time.local(row.expires_at),
      }));
    },

    async answer(listenerId, requestId, answer) {
      await write([
        db
          .updateTable('listener_request')
          .set({ answer: secretBox.seal(JSON.stringify(answer)) })
          .where('id', '=', requestId)
          .where('listener_id', '=', listenerId)
          .where('answer', 'is', null),
      ]);
    },

    async answers(requestIds) {
      const rows = await lookUp(
        db
          .selectFrom('listener_request')
          .select(['id', 'answer'])
          .where(isOneOf('id', requestIds))
          .where('answer', 'is not', null),
      );
      return new Map(
        rows.flatMap(({ id, answer }) =>
          answer === null ? [] : [[id, JSON.parse(secretBox.open(answer)) as ListenerAnswer]],
        ),
      );
    },

    async forget(requestIds) {
      if (requestIds.length === 0) return;
      await write([db.deleteFrom('listener_request').where(isOneOf('id', requestIds))]);
    },

    async forgetExpired(now) {
      const rows = await lookUp(
        db
          .selectFrom('listener_request')
          .select('id')
          .where('expires_at', '<=', time.stored(now))
          .limit(FORGOTTEN_AT_ONCE),
      );
      // Avoid the write when there is nothing to delete, as in installations without listeners.
      if (rows.length === 0) return;
      const ids = rows.map(({ id }) => id);
      await write([db.deleteFrom('listener_request').where(isOneOf('id', ids))]);
    },
  };
}

const FORGOTTEN_AT_ONCE = 500;

function listenerOf(row: ListenerTable, time: StoredTime) {
  return {
    id: row.id,
    organizationId: row.organization_id,
    applicationId: row.application_id,
    expiresAt: time.local(row.expires_at),
  };
}
