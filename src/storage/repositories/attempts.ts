import { expressionBuilder } from 'kysely';
import type { Expression, SqlBool } from 'kysely';
import type { Database } from '../schema.ts';
import type { AttemptFilter, AttemptRepository } from '../storage.ts';
import { pageOf, sliceOf } from './paging.ts';
import { attemptOf } from './rows.ts';
import type { SqlBackend } from './sql-backend.ts';

export function attemptRepository(backend: SqlBackend): AttemptRepository {
  const { db, read } = backend;
  const attempts = db.selectFrom('attempt').selectAll('attempt');
  const settled = db.selectFrom('endpoint_attempt as place');
  const recent = db.selectFrom('recent_attempt as place');

  return {
    async get(messageId, id) {
      const [row] = await read(
        attempts.where('attempt.message_id', '=', messageId).where('attempt.id', '=', id),
      );
      return row === undefined ? null : attemptOf(row);
    },

    async byMessage(messageId, page) {
      const { bound, direction, limit } = sliceOf(page);
      let wanted = attempts
        .where('attempt.message_id', '=', messageId)
        .where((eb) => eb.and(conditionsOf(backend, page)));
      if (bound !== null) wanted = wanted.where('attempt.id', bound.compare, bound.id);
      const rows = await read(wanted.orderBy('attempt.id', direction).limit(limit));
      return pageOf(rows, page, attemptOf);
    },

    async byEndpoint(endpointId, page) {
      const { bound, direction, limit } = sliceOf(page);
      const conditions = conditionsOf(backend, page);
      const pageOfPlaces = (places: typeof settled) => {
        let wanted = places
          .select(['place.message_id', 'place.id'])
          .where('place.endpoint_id', '=', endpointId);
        if (bound !== null) wanted = wanted.where('place.id', bound.compare, bound.id);
        if (conditions.length > 0) {
          wanted = wanted.where((eb) => {
            const attempt = eb
              .selectFrom('attempt')
              .select('attempt.id')
              .whereRef('attempt.message_id', '=', 'place.message_id')
              .whereRef('attempt.id', '=', 'place.id');
            return eb.exists(attempt.where(eb.and(conditions)));
          });
        }
        const part = wanted.orderBy('place.id', direction).limit(limit);
        return db.selectFrom(part.as('part')).selectAll();
      };
      const both = pageOfPlaces(settled).unionAll(pageOfPlaces(recent));
      // A cross join, because SQLite keeps to its order: it begins with the few places.
      const wanted = db
        .selectFrom(both.orderBy('id', direction).limit(limit).as('place'))
        .crossJoin('attempt')
        .selectAll('attempt')
        .whereRef('attempt.message_id', '=', 'place.message_id')
        .whereRef('attempt.id', '=', 'place.id');
      return pageOf(await read(wanted.orderBy('attempt.id', direction)), page, attemptOf);
    },
  };
}

/** What an attempt must fulfil to pass the filter. */
function conditionsOf({ arrayHas }: SqlBackend, filter: AttemptFilter): Expression<SqlBool>[] {
  const { succeeded, statusCodeClass, channel, eventTypes, startedBefore, startedAfter } = filter;
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
  if (channel === undefined && eventTypes === undefined) return all;

  let message = eb
    .selectFrom('message')
    .select('message.id')
    .whereRef('message.application_id', '=', 'attempt.application_id')
    .whereRef('message.id', '=', 'attempt.message_id');
  if (channel !== undefined) message = message.where(arrayHas('message.channels', channel));
  if (eventTypes !== undefined) message = message.where('message.event_type', 'in', eventTypes);
  return [...all, eb.exists(message)];
}
