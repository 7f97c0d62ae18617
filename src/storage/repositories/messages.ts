import type { SecretBox } from '../../domain/secret-box.ts';
import type { MessageRepository } from '../storage.ts';
import { pick } from './id-or-uid.ts';
import { pageOf, sliceOf } from './paging.ts';
import { deliveryOf, endpointOf, messageOf } from './rows.ts';
import type { SqlBackend } from './sql-backend.ts';

const DELIVERY_COLUMNS = [
  'delivery.message_id',
  'delivery.endpoint_id',
  'delivery.application_id',
  'delivery.state',
  'delivery.attempt_count',
  'delivery.schedule_step',
  'delivery.due_at',
  'delivery.claim_owner',
] as const;

export function messageRepository(
  { db, read, arrayHas }: SqlBackend,
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
      const owned = messages.where('application_id', '=', applicationId);
      const row = pick(
        await read(owned.where('id', '=', id).unionAll(owned.where('uid', '=', id))),
        id,
      );
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
      const rows = await read(query.orderBy('id', direction).limit(limit));
      return pageOf(rows, page, messageOf);
    },

    async deliveries(messageId, page) {
      const { bound, direction, limit } = sliceOf(page);
      let query = db
        .selectFrom('delivery')
        .innerJoin('endpoint', 'endpoint.id', 'delivery.endpoint_id')
        .selectAll('endpoint')
        .select(DELIVERY_COLUMNS)
        .where('delivery.message_id', '=', messageId);
      if (bound !== null) query = query.where('delivery.endpoint_id', bound.compare, bound.id);
      const rows = await read(query.orderBy('delivery.endpoint_id', direction).limit(limit));
      return pageOf(rows, page, (row) => ({
        delivery: deliveryOf(row),
        endpoint: endpointOf(row, secretBox),
      }));
    },

    async delivery(messageId, endpointId) {
      const [row] = await read(
        db
          .selectFrom('delivery')
          .select(DELIVERY_COLUMNS)
          .where('message_id', '=', messageId)
          .where('endpoint_id', '=', endpointId),
      );
      return row === undefined ? null : deliveryOf(row);
    },
  };
}
