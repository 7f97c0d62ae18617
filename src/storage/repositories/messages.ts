import { expressionBuilder } from 'kysely';
import type { Expression, SqlBool } from 'kysely';
import type { Database } from '../schema.ts';
import type { SecretBox } from '../secret-box.ts';
import type { MessageFilter, MessageRepository } from '../storage.ts';
import { filteredPage } from './filtered-page.ts';
import type { ScanLimits } from './filtered-page.ts';
import { isOneOf } from './is-one-of.ts';
import { messageIds } from './id-range.ts';
import { pick } from './id-or-uid.ts';
import { compareEnd, cut, pageOf, sliceOf } from './paging.ts';
import type { Slice } from './paging.ts';
import { deliveryOf, endpointOf, messageOf } from './rows.ts';
import type { SqlBackend } from './sql-backend.ts';

export function messageRepository(backend: SqlBackend, secretBox: SecretBox): MessageRepository {
  const { db, lookUp, list } = backend;
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

  async function idBehind(applicationId: string, slice: Slice, count: number) {
    const ids = inSlice(applicationId, { ...slice, limit: 1 })
      .clearSelect()
      .select('id');
    const [row] = await list(ids.offset(count - 1));
    return row?.id ?? null;
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
          idBehind: (slice, count) => idBehind(applicationId, slice, count),
          rows: (slice) =>
            list(inSlice(applicationId, slice).where((eb) => eb.and(conditionsOf(backend, page)))),
        },
        messageOf,
      );
    },

    async some(applicationId, ids) {
      if (ids.length === 0) return [];
      const rows = await list(
        messages.where('application_id', '=', applicationId).where('id', 'in', ids),
      );
      return rows.map(messageOf);
    },

    async ofEndpoint(applicationId, endpointId, page) {
      const { standing } = page;
      const ended = standing === 'exhausted' || standing === 'cancelled' ? standing : null;
      const conditions = conditionsOf(backend, page);
      return filteredPage(
        page,
        {
          range: messageIds(page),
          idBehind: (slice, count) =>
            ended === null
              ? idBehind(applicationId, slice, count)
              : backend.endedBehind(endpointId, ended, slice, count),
          rows: (slice) =>
            backend.messagesOfEndpoint({ applicationId, endpointId, slice, standing, conditions }),
        },
        (row) => ({
          message: messageOf(row),
          delivery: deliveryOf({
            ...row,
            message_id: row.id,
            endpoint_id: endpointId,
            ...(row.state !== 0 && { due_at: null, claim_owner: 0 }),
          }),
        }),
        OWED_LIMITS,
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

/** Each row takes several look-ups, and with PostgreSQL one for each endpoint of the message. */
const OWED_LIMITS: ScanLimits = { rowsPerStatement: 1_000, rowsPerPage: 5_000 };

/** What a message must fulfil to pass the filter. */
function conditionsOf({ arrayHas }: SqlBackend, filter: MessageFilter): Expression<SqlBool>[] {
  const { channel, eventTypes, createdBefore, createdAfter } = filter;
  const eb = expressionBuilder<Database, 'message'>();
  const all: Expression<SqlBool>[] = [];
  if (channel !== undefined) all.push(arrayHas('message.channels', channel));
  if (eventTypes !== undefined) all.push(isOneOf('message.event_type', eventTypes));
  if (createdBefore !== undefined) all.push(eb('message.created_at', '<', createdBefore));
  if (createdAfter !== undefined) all.push(eb('message.created_at', '>', createdAfter));
  return all;
}

function isFiltered({ channel, eventTypes, createdBefore, createdAfter }: MessageFilter): boolean {
  return [channel, eventTypes, createdBefore, createdAfter].some((value) => value !== undefined);
}
