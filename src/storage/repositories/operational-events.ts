import type { Compilable, Expression, ExpressionBuilder, Kysely, SqlBool } from 'kysely';
import {
  OPERATIONAL_ORGANIZATION,
  type OperationalEvent,
  type OperationalEventType,
} from '../../domain/operational-event.ts';
import type { Database } from '../schema.ts';
import type { OperationalEventRepository } from '../storage.ts';
import { isOneOf } from './is-one-of.ts';
import type { SqlBackend } from './sql-backend.ts';

export function operationalEventRepository({
  db,
  lookUp,
  write,
}: SqlBackend): OperationalEventRepository {
  return {
    async first(limit) {
      const rows = await lookUp(
        db
          .selectFrom('operational_event')
          .selectAll()
          .orderBy('created_at')
          .orderBy('id')
          .limit(limit),
      );
      return rows.map((row) => ({
        id: row.id,
        // The table holds only types that this program wrote.
        type: row.type as OperationalEventType,
        organizationId: row.organization_id,
        applicationId: row.application_id,
        endpointId: row.endpoint_id,
        createdAt: row.created_at,
        data: JSON.parse(row.data) as OperationalEvent['data'],
      }));
    },

    async delete(ids) {
      if (ids.length === 0) return;
      await write([db.deleteFrom('operational_event').where(isOneOf('id', ids))]);
    },

    async areWanted() {
      const rows = await lookUp(
        db
          .selectFrom('application')
          .select('id')
          .where('organization_id', '=', OPERATIONAL_ORGANIZATION)
          .where('deleted_at', 'is', null)
          .limit(1),
      );
      return rows.length > 0;
    },
  };
}

/** The query that stores an event, to be run at the end of the transaction of its cause; none without an event. */
export function keepEvent(db: Kysely<Database>, event: OperationalEvent | undefined): Compilable[] {
  if (event === undefined) return [];
  const { id, type, organizationId, applicationId, endpointId, createdAt, data } = event;
  return [
    db.insertInto('operational_event').values({
      id,
      type,
      organization_id: organizationId,
      application_id: applicationId,
      endpoint_id: endpointId,
      created_at: createdAt,
      data: JSON.stringify(data),
    }),
  ];
}

/** Like `keepEvent`, for a cause that may not happen: stores nothing unless the row of `isThere` exists after it. */
export function keepEventIf(
  db: Kysely<Database>,
  event: OperationalEvent | undefined,
  isThere: (eb: ExpressionBuilder<Database, 'operational_event'>) => Expression<unknown>,
): Compilable[] {
  if (event === undefined) return [];
  return [
    ...keepEvent(db, event),
    db
      .deleteFrom('operational_event')
      .where('id', '=', event.id)
      .where((eb): Expression<SqlBool> => eb.not(eb.exists(isThere(eb)))),
  ];
}
