import type { SecretBox } from '../secret-box.ts';
import type { MessageFilter, MessageRepository } from '../storage.ts';
import { filteredPage } from './filtered-page.ts';
import { isOneOf } from './is-one-of.ts';
import { messageIds } from './id-range.ts';
import { pick } from './id-or-uid.ts';
import { compareEnd, cut, pageOf, sliceOf } from './paging.ts';
import type { Slice } from './paging.ts';
import { deliveryOf, endpointOf, messageOf } from './rows.ts';
import type { SqlBackend } from './sql-backend.ts';

export function messageRepository(backend: SqlBackend, secretBox: SecretBox): MessageRepository {
  const { db, lookUp, list, arrayHas } = backend;
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
      'content_type',
      'deliver_at',
      'expires_at',
    ]);

  function inSlice(applicationId: string, slice: Slice) {
    const { bound, direction, end, limit } = slice;
    let query = messages.where('application_id', '=', applicationId);
    if (bound !== null) query = query.where('id', bound.compare, bound.id);
    if (end !== null) query = query.where('id', compareEnd(slice), end);
    return query.orderBy('id', direction).limit(limit);
  }

  function filtered(applicationId: string, slice: Slice, filter: MessageFilter) {
    const { channel, eventTypes, createdBefore, createdAfter } = filter;
    let query = inSlice(applicationId, slice);
    if (channel !== undefined) query = query.where(arrayHas('channels', channel));
    if (eventTypes !== undefined) query = query.where(isOneOf('event_type', eventTypes));
    if (createdBefore !== undefined) query = query.where('created_at', '<', createdBefore);
    if (createdAfter !== undefined) query = query.where('created_at', '>', createdAfter);
    return query;
  }

  async function deliveriesOf(applicationId: string, messageId: string) {
    const rows = await backend.deliveriesOf(applicationId, messageId);
    return new Map(rows.map((row) => [row.endpoint_id, deliveryOf(row)]));
  }

  return {
    async get(applicationId, id) {
      const owned = messages.where('application_id', '=', applicationId);
      const row = pick(
        await lookUp(owned.where('id', '=', id).unionAll(owned.where('uid', '=', id))),
        id,
      );
      return row === undefined ? null : messageOf(row);
    },

    async list(applicationId, page) {
      if (!isFiltered(page)) {
        return pageOf(await list(inSlice(applicationId, sliceOf(page))), page, messageOf);
      }
      return filteredPage(
        page,
        {
          range: messageIds(page),
          async idBehind(slice, count) {
            const ids = inSlice(applicationId, { ...slice, limit: 1 })
              .clearSelect()
              .select('id');
            const [row] = await list(ids.offset(count - 1));
            return row?.id ?? null;
          },
          rows: (slice) => list(filtered(applicationId, slice, page)),
        },
        messageOf,
      );
    },

    async deliveries(applicationId, messageId, page) {
      const deliveries = await deliveriesOf(applicationId, messageId);
      const endpointIds = cut([...deliveries.keys()], page);
      if (endpointIds.length === 0) return { data: [], done: true };
      const rows = await list(db.selectFrom('endpoint').selectAll().where('id', 'in', endpointIds));
      const endpoints = new Map(rows.map((row) => [row.id, endpointOf(row, secretBox)]));
      const found = endpointIds.flatMap((id) => {
        const [delivery, endpoint] = [deliveries.get(id), endpoints.get(id)];
        return delivery && endpoint ? [{ delivery, endpoint }] : [];
      });
      return pageOf(found, page, (row) => row);
    },

    async delivery(applicationId, messageId, endpointId) {
      return (await deliveriesOf(applicationId, messageId)).get(endpointId) ?? null;
    },
  };
}

function isFiltered({ channel, eventTypes, createdBefore, createdAfter }: MessageFilter): boolean {
  return [channel, eventTypes, createdBefore, createdAfter].some((value) => value !== undefined);
}
