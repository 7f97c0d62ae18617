import type { SelectQueryBuilder } from 'kysely';
import type { Database } from '../schema.ts';
import type { AttemptFilter, AttemptRepository, PageRequest } from '../storage.ts';
import { pageOf, sliceOf } from './paging.ts';
import { attemptOf } from './rows.ts';
import type { SqlBackend } from './sql-backend.ts';

export function attemptRepository(backend: SqlBackend): AttemptRepository {
  const { db, read } = backend;
  const attempts = db.selectFrom('attempt').selectAll('attempt');

  async function list(query: typeof attempts, page: PageRequest & AttemptFilter) {
    const { bound, direction, limit } = sliceOf(page);
    let wanted = filtered(backend, query, page);
    if (bound !== null) wanted = wanted.where('attempt.id', bound.compare, bound.id);
    const rows = await read(wanted.orderBy('attempt.id', direction).limit(limit));
    return pageOf(rows, page, attemptOf);
  }

  return {
    async get(messageId, id) {
      const [row] = await read(
        attempts.where('attempt.message_id', '=', messageId).where('attempt.id', '=', id),
      );
      return row === undefined ? null : attemptOf(row);
    },
    byMessage: (messageId, page) =>
      list(attempts.where('attempt.message_id', '=', messageId), page),
    byEndpoint: (endpointId, page) =>
      list(attempts.where('attempt.endpoint_id', '=', endpointId), page),
  };
}

function filtered<O>(
  { arrayHas }: SqlBackend,
  query: SelectQueryBuilder<Database, 'attempt', O>,
  filter: AttemptFilter,
): SelectQueryBuilder<Database, 'attempt', O> {
  const { succeeded, statusCodeClass, channel, eventTypes, startedBefore, startedAfter } = filter;
  let wanted = query;
  if (filter.endpointId !== undefined) {
    wanted = wanted.where('attempt.endpoint_id', '=', filter.endpointId);
  }
  if (succeeded !== undefined) wanted = wanted.where('attempt.succeeded', '=', succeeded ? 1 : 0);
  if (statusCodeClass === 0) wanted = wanted.where('attempt.status_code', 'is', null);
  else if (statusCodeClass !== undefined) {
    wanted = wanted
      .where('attempt.status_code', '>=', statusCodeClass)
      .where('attempt.status_code', '<', statusCodeClass + 100);
  }
  if (startedBefore !== undefined) wanted = wanted.where('attempt.started_at', '<', startedBefore);
  if (startedAfter !== undefined) wanted = wanted.where('attempt.started_at', '>', startedAfter);
  if (channel === undefined && eventTypes === undefined) return wanted;

  return wanted.where((eb) => {
    let message = eb
      .selectFrom('message')
      .select('message.id')
      .whereRef('message.application_id', '=', 'attempt.application_id')
      .whereRef('message.id', '=', 'attempt.message_id');
    if (channel !== undefined) message = message.where(arrayHas('message.channels', channel));
    if (eventTypes !== undefined) message = message.where('message.event_type', 'in', eventTypes);
    return eb.exists(message);
  });
}
