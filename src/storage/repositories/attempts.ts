import { expressionBuilder, sql } from 'kysely';
import type { Expression, RawBuilder, SqlBool } from 'kysely';
import { PosthasteError } from '../../domain/errors.ts';
import type { Database } from '../schema.ts';
import { EXPUNGED_RESPONSE, MOST_COUNTED } from '../storage.ts';
import type { AttemptFilter, AttemptRepository } from '../storage.ts';
import { writeAuditIf } from './audit.ts';
import { LOOK_UP_LIMITS, SCAN_LIMITS, filteredPage } from './filtered-page.ts';
import { isOneOf } from './is-one-of.ts';
import { attemptIds, secondsOf } from './id-range.ts';
import { compareEnd, pageOf, sliceOf } from './paging.ts';
import type { Slice } from './paging.ts';
import { attemptOf } from './rows.ts';
import type { AttemptIdsQuery, IdBounds, SqlBackend } from './sql-backend.ts';

export function attemptRepository(backend: SqlBackend): AttemptRepository {
  const { db, lookUp, list, write } = backend;
  const attempts = db.selectFrom('attempt').selectAll('attempt');

  function ofMessage(messageId: string, slice: Slice) {
    const { bound, direction, end, limit } = slice;
    let query = attempts.where('attempt.message_id', '=', messageId);
    if (bound !== null) query = query.where('attempt.id', bound.compare, bound.id);
    if (end !== null) query = query.where('attempt.id', compareEnd(slice), end);
    return query.orderBy('attempt.id', direction).limit(limit);
  }

  /** A literal instead of a parameter, so that a backend can keep an index of failed attempts alone. */
  function failedOf(endpointId: string, slice: Slice) {
    const { bound, direction, end, limit } = slice;
    let query = attempts
      .where('attempt.endpoint_id', '=', endpointId)
      .where(sql<SqlBool>`attempt.succeeded = 0`);
    if (bound !== null) query = query.where('attempt.id', bound.compare, bound.id);
    if (end !== null) query = query.where('attempt.id', compareEnd(slice), end);
    return query.orderBy('attempt.id', direction).limit(limit);
  }

  async function countFailed(endpointId: string, { from, to }: IdBounds, limit: number) {
    const slice = { bound: { compare: '>', id: from }, direction: 'asc', end: to, limit } as const;
    const ids = failedOf(endpointId, slice).clearSelect().select('attempt.id');
    const [row] = await list(
      db.selectFrom(ids.as('named')).select(({ fn }) => fn.countAll<number>().as('count')),
    );
    return row?.count ?? 0;
  }

  /** The attempts whose ids a query returns. A cross join, because SQLite keeps the order of its tables. */
  function named(ids: AttemptIdsQuery, { direction, limit }: Slice) {
    return db
      .selectFrom(ids.as('named'))
      .crossJoin('attempt')
      .selectAll('attempt')
      .whereRef('attempt.message_id', '=', 'named.message_id')
      .whereRef('attempt.id', '=', 'named.id')
      .orderBy('named.id', direction)
      .limit(limit);
  }

  function applicationOf(endpointId: string): RawBuilder<string> {
    const application = db
      .selectFrom('endpoint')
      .select('endpoint.application_id')
      .where('endpoint.id', '=', endpointId);
    return sql`(${application})`;
  }

  /** The message of an attempt by the id in the index: the attempt is read only when its message passes the filter. */
  function namedMessage(endpointId: string): MessageOfAttempt {
    return { applicationId: applicationOf(endpointId), id: sql.ref('named.message_id') };
  }

  function tagged(endpointId: string, tag: string) {
    return db
      .selectFrom('message_tag')
      .where('message_tag.application_id', '=', applicationOf(endpointId))
      .where('message_tag.tag', '=', tag);
  }

  async function isRare(endpointId: string, tag: string): Promise<boolean> {
    const some = tagged(endpointId, tag).select('message_tag.message_id');
    return (await list(some.limit(1).offset(MOST_TAGGED))).length === 0;
  }

  /** An endpoint's attempts of the messages with the tag. A cross join, because SQLite keeps the order of its tables. */
  function ofTagged(endpointId: string, tag: string, { bound, direction, limit }: Slice) {
    let query = tagged(endpointId, tag)
      .crossJoin('attempt')
      .selectAll('attempt')
      .whereRef('attempt.message_id', '=', 'message_tag.message_id')
      // `is true` hides the condition: by the endpoint's index PostgreSQL might read all of its attempts.
      .where(sql<SqlBool>`(attempt.endpoint_id = ${endpointId}) is true`);
    if (bound !== null) query = query.where('attempt.id', bound.compare, bound.id);
    return query.orderBy('attempt.id', direction).limit(limit);
  }

  return {
    async get(messageId, id) {
      const [row] = await lookUp(
        attempts.where('attempt.message_id', '=', messageId).where('attempt.id', '=', id),
      );
      return row === undefined ? null : attemptOf(row);
    },

    async expungeResponse(messageId, id, audit) {
      const [affected] = await write([
        db
          .updateTable('attempt')
          .set({ response: EXPUNGED_RESPONSE, exchange: null })
          .where('message_id', '=', messageId)
          .where('id', '=', id),
        ...writeAuditIf(db, audit, (rows) =>
          rows
            .selectFrom('attempt')
            .select('attempt.id')
            .where('attempt.message_id', '=', messageId)
            .where('attempt.id', '=', id),
        ),
      ]);
      return affected === 1;
    },

    async count(endpointId, time) {
      let [all, failed] = [0, 0];
      // One statement per week, so that none takes long and a count above the limit ends the loop early.
      for (let { from } = time; from <= time.to; from += WEEK_MS) {
        const ids = secondsOf({ from, to: Math.min(from + WEEK_MS - SECOND_MS, time.to) });
        all += await backend.countAttempts(endpointId, ids, MOST_COUNTED + 1 - all);
        failed += await countFailed(endpointId, ids, MOST_COUNTED + 1 - failed);
        if (Math.max(all, failed) > MOST_COUNTED)
          throw new PosthasteError('query_too_slow', TOO_MANY);
      }
      return { succeeded: Math.max(0, all - failed), failed };
    },

    async byMessage(messageId, page) {
      const conditions = conditionsOf(backend, page);
      if (conditions.length === 0) {
        return pageOf(await list(ofMessage(messageId, sliceOf(page))), page, attemptOf);
      }
      return filteredPage(
        page,
        {
          range: attemptIds(page),
          async idBehind(slice, count) {
            const ids = ofMessage(messageId, { ...slice, limit: 1 })
              .clearSelect()
              .select('id');
            const [row] = await list(ids.offset(count - 1));
            return row?.id ?? null;
          },
          rows: (slice) => list(ofMessage(messageId, slice).where((eb) => eb.and(conditions))),
        },
        attemptOf,
      );
    },

    async byEndpoint(endpointId, page) {
      const conditions = conditionsOf(backend, page);
      if (conditions.length === 0) {
        const slice = sliceOf(page);
        const ids = backend.attemptsOfEndpoint(endpointId, slice);
        return pageOf(await list(named(ids, slice)), page, attemptOf);
      }
      if (page.tag !== undefined && (await isRare(endpointId, page.tag))) {
        const { tag, ...others } = page;
        const query = ofTagged(endpointId, tag, sliceOf(page));
        const rows = query.where((eb) => eb.and(conditionsOf(backend, others)));
        return pageOf(await list(rows), page, attemptOf);
      }
      if (isFailedOnly(page)) {
        return filteredPage(
          page,
          {
            range: attemptIds(page),
            async idBehind(slice, count) {
              const ids = failedOf(endpointId, { ...slice, limit: 1 })
                .clearSelect()
                .select('attempt.id');
              const [row] = await list(ids.offset(count - 1));
              return row?.id ?? null;
            },
            rows: (slice) => list(failedOf(endpointId, slice).where((eb) => eb.and(conditions))),
          },
          attemptOf,
          asksOfMessages(page) ? LOOK_UP_LIMITS : SCAN_LIMITS,
        );
      }
      // `rows` reads exactly the rows that `idBehind` counted, by their number instead of the window's end.
      let inWindow = 0;
      return filteredPage(
        page,
        {
          range: attemptIds(page),
          async idBehind(slice, count) {
            inWindow = count;
            const ids = backend.attemptsOfEndpoint(endpointId, { ...slice, limit: count });
            const [row] = await list(
              db
                .selectFrom(ids.as('named'))
                .select('named.id')
                .limit(1)
                .offset(count - 1),
            );
            return row?.id ?? null;
          },
          rows(slice) {
            const ids = backend.attemptsOfEndpoint(endpointId, { ...slice, limit: inWindow });
            return list(
              named(ids, slice)
                .where((eb) => eb.and(ofAttempts(page)))
                .where((eb) => eb.and(ofMessages(backend, page, namedMessage(endpointId)))),
            );
          },
        },
        attemptOf,
        LOOK_UP_LIMITS,
      );
    },
  };
}

/** For a tag with fewer messages, the attempts of all its messages are read, which takes some 10 ms. */
const MOST_TAGGED = 1_000;

const SECOND_MS = 1_000;
const WEEK_MS = 7 * 24 * 3_600 * SECOND_MS;
const TOO_MANY = `There are more than ${MOST_COUNTED} attempts in that time; ask for a shorter one`;

/** Whether only failures pass: a filter for another status class than 2xx excludes successes, too. */
function isFailedOnly({ succeeded, statusCodeClass }: AttemptFilter): boolean {
  return succeeded === false || (statusCodeClass !== undefined && statusCodeClass !== 200);
}

function asksOfMessages({ channel, tag, eventTypes }: AttemptFilter): boolean {
  return channel !== undefined || tag !== undefined || eventTypes !== undefined;
}

/** The conditions of the filter. */
function conditionsOf(backend: SqlBackend, filter: AttemptFilter): Expression<SqlBool>[] {
  return [...ofAttempts(filter), ...ofMessages(backend, filter, MESSAGE_OF_ATTEMPT)];
}

function ofAttempts(filter: AttemptFilter): Expression<SqlBool>[] {
  const { succeeded, statusCodeClass, startedBefore, startedAfter } = filter;
  const eb = expressionBuilder<Database, 'attempt'>();
  const all: Expression<SqlBool>[] = [];
  if (filter.endpointId !== undefined) {
    all.push(eb('attempt.endpoint_id', '=', filter.endpointId));
  }
  if (succeeded !== undefined) all.push(eb('attempt.succeeded', '=', succeeded ? 1 : 0));
  if (statusCodeClass === 0) all.push(eb('attempt.status_code', 'is', null));
  else if (statusCodeClass !== undefined) {
    all.push(eb('attempt.status_code', '>=', statusCodeClass));
    all.push(eb('attempt.status_code', '<', statusCodeClass + 100));
  }
  if (startedBefore !== undefined) all.push(eb('attempt.started_at', '<', startedBefore));
  if (startedAfter !== undefined) all.push(eb('attempt.started_at', '>', startedAfter));
  return all;
}

/** How the message of an attempt is found. */
interface MessageOfAttempt {
  readonly applicationId: RawBuilder<string>;
  readonly id: RawBuilder<string>;
}

const MESSAGE_OF_ATTEMPT: MessageOfAttempt = {
  applicationId: sql.ref('attempt.application_id'),
  id: sql.ref('attempt.message_id'),
};

function ofMessages(
  { arrayHas }: SqlBackend,
  { channel, tag, eventTypes }: AttemptFilter,
  { applicationId, id }: MessageOfAttempt,
): Expression<SqlBool>[] {
  const eb = expressionBuilder<Database, 'attempt'>();
  // Not `exists`: PostgreSQL would turn it into a join and might read all messages of the application.
  const isThere = (one: Expression<unknown>) => sql<SqlBool>`${one} = 1`;
  const all: Expression<SqlBool>[] = [];
  // The primary key of the tags has all three columns, so no message is read.
  if (tag !== undefined) {
    all.push(
      isThere(
        eb
          .selectFrom('message_tag')
          .select(sql.lit(1).as('one'))
          .where('message_tag.application_id', '=', applicationId)
          .where('message_tag.tag', '=', tag)
          .where('message_tag.message_id', '=', id),
      ),
    );
  }
  if (channel === undefined && eventTypes === undefined) return all;

  let message = eb
    .selectFrom('message')
    .select(sql.lit(1).as('one'))
    .where('message.application_id', '=', applicationId)
    .where('message.id', '=', id);
  if (channel !== undefined) message = message.where(arrayHas('message.channels', channel));
  if (eventTypes !== undefined) message = message.where(isOneOf('message.event_type', eventTypes));
  return [...all, isThere(message)];
}
