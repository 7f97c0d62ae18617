import { sql } from 'kysely';
import type { SecretBox } from '../../domain/secret-box.ts';
import type { MessageRepository } from '../storage.ts';
import { pageOf, sliceOf } from './paging.ts';
import { deliveryOf, endpointOf, messageOf } from './rows.ts';
import type { SqlBackend } from './sql-backend.ts';

const DELIVERY_COLUMNS = [
  'message_id',
  'endpoint_id',
  'application_id',
  'state',
  'attempt_count',
  'schedule_step',
  'due_at',
  'claim_owner',
] as const;

export function messageRepository(
  { db, arrayHas }: SqlBackend,
  secretBox: SecretBox,
): MessageRepository {
  const messages = db
    .selectFrom('message')
    .select([
      'application_id',
      'id',
      'organization_id',
      'event_type',
      'uid',
      'channels',
      'created_at',
      'payload',
    ]);

  return {
    async get(applicationId, id) {
      const row = await messages
        .where('application_id', '=', applicationId)
        .where((eb) => eb.or([eb('id', '=', id), eb('uid', '=', id)]))
        .orderBy(sql`case when id = ${id} then 0 else 1 end`)
        .limit(1)
        .executeTakeFirst();
      return row === undefined ? null : messageOf(row);
    },

    async list(applicationId, page) {
      const { bound, direction, limit } = sliceOf(page);
      let query = messages.where('application_id', '=', applicationId);
      if (bound !== null) query = query.where('id', bound.compare, bound.id);
      if (page.channel !== undefined) query = query.where(arrayHas('channels', page.channel));
      if (page.eventTypes !== undefined) query = query.where('event_type', 'in', page.eventTypes);
      if (page.createdBefore !== undefined) {
        query = query.where('created_at', '<', page.createdBefore);
      }
      if (page.createdAfter !== undefined) {
        query = query.where('created_at', '>', page.createdAfter);
      }
      const rows = await query.orderBy('id', direction).limit(limit).execute();
      return pageOf(rows, page, messageOf);
    },

    async deliveries(messageId, page) {
      const { bound, direction, limit } = sliceOf(page);
      let query = db
        .selectFrom('delivery')
        .select(DELIVERY_COLUMNS)
        .where('message_id', '=', messageId);
      if (bound !== null) query = query.where('endpoint_id', bound.compare, bound.id);
      const rows = await query.orderBy('endpoint_id', direction).limit(limit).execute();
      const endpoints = new Map(
        (
          await db
            .selectFrom('endpoint')
            .selectAll()
            .where(
              'id',
              'in',
              rows.map((row) => row.endpoint_id),
            )
            .execute()
        ).map((row) => [row.id, endpointOf(row, secretBox)]),
      );
      return pageOf(rows, page, (row) => {
        const endpoint = endpoints.get(row.endpoint_id);
        if (endpoint === undefined) throw new Error(`endpoint ${row.endpoint_id} has no row`);
        return { delivery: deliveryOf(row), endpoint };
      });
    },

    async delivery(messageId, endpointId) {
      const row = await db
        .selectFrom('delivery')
        .select(DELIVERY_COLUMNS)
        .where('message_id', '=', messageId)
        .where('endpoint_id', '=', endpointId)
        .executeTakeFirst();
      return row === undefined ? null : deliveryOf(row);
    },
  };
}
