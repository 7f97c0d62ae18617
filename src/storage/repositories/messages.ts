import type { SecretBox } from '../../domain/secret-box.ts';
import type { MessageRepository } from '../storage.ts';
import { deliveriesOf } from './deliveries.ts';
import { pick } from './id-or-uid.ts';
import { cut, pageOf, sliceOf } from './paging.ts';
import { endpointOf, messageOf } from './rows.ts';
import type { SqlBackend } from './sql-backend.ts';

export function messageRepository(backend: SqlBackend, secretBox: SecretBox): MessageRepository {
  const { db, read, arrayHas } = backend;
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

    async deliveries(applicationId, messageId, page) {
      const deliveries = await deliveriesOf(backend, applicationId, messageId);
      const endpointIds = cut([...deliveries.keys()], page);
      if (endpointIds.length === 0) return { data: [], done: true };
      const rows = await read(db.selectFrom('endpoint').selectAll().where('id', 'in', endpointIds));
      const endpoints = new Map(rows.map((row) => [row.id, endpointOf(row, secretBox)]));
      const found = endpointIds.flatMap((id) => {
        const [delivery, endpoint] = [deliveries.get(id), endpoints.get(id)];
        return delivery && endpoint ? [{ delivery, endpoint }] : [];
      });
      return pageOf(found, page, (row) => row);
    },

    async delivery(applicationId, messageId, endpointId) {
      return (await deliveriesOf(backend, applicationId, messageId)).get(endpointId) ?? null;
    },
  };
}
