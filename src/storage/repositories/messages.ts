import { expressionBuilder } from 'kysely';
import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { Message } from '../../domain/message.ts';
import type { Database } from '../schema.ts';
import type { SecretBox } from '../secret-box.ts';
import type { MessageFilter, MessageRepository, Page, PageRequest } from '../storage.ts';
import { filteredPage } from './filtered-page.ts';
import { LOOK_UP_LIMITS } from './filtered-page.ts';
import { isOneOf } from './is-one-of.ts';
import { messageIds } from './id-range.ts';
import { pick } from './id-or-uid.ts';
import { compareEnd, cut, pageOf, pageWithin, sliceOf } from './paging.ts';
import type { Slice } from './paging.ts';
import { deliveryOf, endpointOf, messageOf } from './rows.ts';
import type { SqlBackend } from './sql-backend.ts';

export function messageRepository(backend: SqlBackend, secretBox: SecretBox): MessageRepository {
  const { db, lookUp, list } = backend;
  const messages = db
    .selectFrom('message')
    .select([
      'message.application_id',
      'message.id',
      'message.organization_id',
      'message.event_type',
      'message.uid',
      'message.channels',
      'message.created_at',
      'message.payload',
      'message.content_type',
      'message.headers',
      'message.deliver_at',
      'message.expires_at',
      'message.tags',
    ]);

  /** Ids and lengths of the messages in the slice, without reading payloads. */
  function inSlice(applicationId: string, slice: Slice) {
    const { bound, direction, end, limit } = slice;
    let query = db
      .selectFrom('message')
      .select((eb) => ['message.id', lengthOf(eb)])
      .where('application_id', '=', applicationId);
    if (bound !== null) query = query.where('id', bound.compare, bound.id);
    if (end !== null) query = query.where('id', compareEnd(slice), end);
    return query.orderBy('id', direction).limit(limit);
  }

  /** Ids of the messages with a tag, along the key of their table. */
  function tagged(applicationId: string, tag: string, slice: Slice) {
    const { bound, direction, end } = slice;
    let query = db
      .selectFrom('message_tag')
      .where('message_tag.application_id', '=', applicationId)
      .where('message_tag.tag', '=', tag);
    if (bound !== null) query = query.where('message_tag.message_id', bound.compare, bound.id);
    if (end !== null) query = query.where('message_tag.message_id', compareEnd(slice), end);
    return query.orderBy('message_tag.message_id', direction);
  }

  /** A page of the messages with a tag. A cross join, because SQLite keeps the order of its tables. */
  function taggedPage(applicationId: string, tag: string, page: PageRequest & MessageFilter) {
    const { tag: _, ...others } = page;
    const conditions = messageConditions(backend, others);
    return filteredPage(
      page,
      {
        range: messageIds(page),
        async idBehind(slice, count) {
          const ids = tagged(applicationId, tag, slice).select('message_tag.message_id as id');
          const [row] = await list(ids.limit(1).offset(count - 1));
          return row?.id ?? null;
        },
        rows: (slice) =>
          list(
            tagged(applicationId, tag, slice)
              .crossJoin('message')
              .select((eb) => ['message.id', lengthOf(eb)])
              .whereRef('message.application_id', '=', 'message_tag.application_id')
              .whereRef('message.id', '=', 'message_tag.message_id')
              .where((eb) => eb.and(conditions))
              .limit(slice.limit),
          ),
      },
      (row) => row,
    );
  }

  async function idBehind(applicationId: string, slice: Slice, count: number) {
    const ids = inSlice(applicationId, { ...slice, limit: 1 })
      .clearSelect()
      .select('id');
    const [row] = await list(ids.offset(count - 1));
    return row?.id ?? null;
  }

  async function listed(applicationId: string, page: PageRequest & MessageFilter) {
    if (page.tag !== undefined) return taggedPage(applicationId, page.tag, page);
    if (!isFiltered(page)) {
      return pageOf(await list(inSlice(applicationId, sliceOf(page))), page, (row) => row);
    }
    return filteredPage(
      page,
      {
        range: messageIds(page),
        idBehind: (slice, count) => idBehind(applicationId, slice, count),
        rows: (slice) =>
          list(
            inSlice(applicationId, slice).where((eb) => eb.and(messageConditions(backend, page))),
          ),
      },
      (row) => row,
    );
  }

  /** Reads the messages of the rows, up to the bound of a page's text (`pageWithin`). */
  async function withMessages<Row extends { readonly id: string; readonly chars: number }, T>(
    applicationId: string,
    page: PageRequest,
    found: Page<Row>,
    map: (message: Message, row: Row) => T,
  ): Promise<Page<T>> {
    const within = pageWithin(found, page, ({ chars }) => chars);
    const ids = within.data.map(({ id }) => id);
    const messageOfId = new Map((await some(applicationId, ids)).map((one) => [one.id, one]));
    const data = within.data.flatMap((row) => {
      const message = messageOfId.get(row.id);
      return message === undefined ? [] : [map(message, row)];
    });
    return { ...within, data };
  }

  async function some(applicationId: string, ids: readonly string[]) {
    if (ids.length === 0) return [];
    const rows = await list(
      messages.where('application_id', '=', applicationId).where('id', 'in', ids),
    );
    return rows.map(messageOf);
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
      return withMessages(
        applicationId,
        page,
        await listed(applicationId, page),
        (message) => message,
      );
    },

    some,

    async ofEndpoint(applicationId, endpointId, page) {
      const { standing } = page;
      const ended = standing === 'exhausted' || standing === 'cancelled' ? standing : null;
      const conditions = messageConditions(backend, page);
      const owed = await filteredPage(
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
        (row) => row,
        LOOK_UP_LIMITS,
      );
      return withMessages(applicationId, page, owed, (message, row) => ({
        message,
        delivery: deliveryOf({
          ...row,
          application_id: applicationId,
          message_id: row.id,
          endpoint_id: endpointId,
          ...(row.state !== 0 && { due_at: null, claim_owner: 0 }),
        }),
      }));
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

    async deliveriesTo(applicationId, messageId, endpointIds) {
      const deliveries = await deliveriesOf(applicationId, messageId);
      return endpointIds.flatMap((id) => deliveries.get(id) ?? []);
    },
  };
}

function lengthOf(eb: ExpressionBuilder<Database, 'message'>) {
  return eb.fn<number>('octet_length', ['message.payload']).as('chars');
}

/** The conditions of the filter. */
export function messageConditions(
  { arrayHas }: SqlBackend,
  filter: MessageFilter,
): Expression<SqlBool>[] {
  const { channel, tag, eventTypes, createdBefore, createdAfter } = filter;
  const eb = expressionBuilder<Database, 'message'>();
  const all: Expression<SqlBool>[] = [];
  if (channel !== undefined) all.push(arrayHas('message.channels', channel));
  if (tag !== undefined) all.push(arrayHas('message.tags', tag));
  if (eventTypes !== undefined) all.push(isOneOf('message.event_type', eventTypes));
  if (createdBefore !== undefined) all.push(eb('message.created_at', '<', createdBefore));
  if (createdAfter !== undefined) all.push(eb('message.created_at', '>', createdAfter));
  return all;
}

function isFiltered({ channel, eventTypes, createdBefore, createdAfter }: MessageFilter): boolean {
  return [channel, eventTypes, createdBefore, createdAfter].some((value) => value !== undefined);
}
