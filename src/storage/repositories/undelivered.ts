import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely';
import { type IdOfDelivery, UNDELIVERED_COUNTED } from '../storage.ts';
import type { UndeliveredDelivery, UndeliveredRepository, UndeliveredScope } from '../storage.ts';
import { LOOK_UP_LIMITS, filteredPage } from './filtered-page.ts';
import { messageIds } from './id-range.ts';
import { MESSAGE_COLUMNS } from './message-columns.ts';
import { messageConditions } from './messages.ts';
import { type Slice, compareEnd } from './paging.ts';
import { deliveryOf, messageOf } from './rows.ts';
import type { SecretBox } from '../secret-box.ts';
import type { SqlBackend, UndeliveredRow } from './sql-backend.ts';

/**
 * Deliveries with failures, in the order of their messages. The backend finds them by an index that holds no
 * others (`SqlBackend.undelivered`); this repository reads their messages and applies the rest of the filter.
 */
export function undeliveredRepository(backend: SqlBackend, box: SecretBox): UndeliveredRepository {
  const { undelivered, list } = backend;
  const { tables } = undelivered;

  return {
    async list(scope, page) {
      const conditions = [
        ...isOwner(backend, scope, 'message'),
        ...messageConditions(backend, page),
      ];
      const named = namedBy(scope, page);
      return filteredPage(
        page,
        {
          range: messageIds(page),
          async idBehind(slice, count) {
            const ids = undelivered.source({ ...named, ...ANY, slice }, count);
            const [row] = await list(
              compilable<{ id: string }>(
                backend,
                sql`select owed.message_id || '.' || owed.endpoint_id as id from ${ids} as owed
                  ${inOrder(slice)} limit 1 offset ${sql.lit(count - 1)}`,
              ),
            );
            return row?.id ?? null;
          },
          rows(slice) {
            const isWhole = conditions.length === 0;
            const limit = isWhole ? slice.limit : LOOK_UP_LIMITS.rowsPerStatement;
            const owed = undelivered.source({ ...named, slice }, limit);
            return undelivered.read(sql<UndeliveredRow>`
              select ${MESSAGE_COLUMNS}, owed.endpoint_id, owed.state,
                ${undelivered.attemptCount} as attempt_count, owed.schedule_step, owed.due_at, owed.claim_owner,
                (select url from ${tables.endpoint} as target where target.id = owed.endpoint_id) as endpoint_url
              from ${owed} as owed join ${tables.message} as message
                on message.application_id = owed.application_id and message.id = owed.message_id
              ${where(conditions)} ${inOrder(slice)} limit ${slice.limit}`);
          },
        },
        (row) => toDelivery(row, box),
        LOOK_UP_LIMITS,
      );
    },

    async count(scope, filter) {
      const ofMessages = messageConditions(backend, filter);
      const { from, to } = messageIds(filter);
      const slice: Slice = {
        direction: 'desc',
        bound: to === null ? null : { compare: '<', id: to },
        end: from,
        limit: UNDELIVERED_COUNTED + 1,
      };
      const owed = undelivered.source({ ...namedBy(scope, filter), slice }, slice.limit);
      const rows = await list(
        compilable<{ state: number; matching: number; seen: number }>(
          backend,
          ofMessages.length === 0
            ? // Without a filter on messages, don't read them: that takes most of the time.
              sql`select owed.state, count(*) as seen,
                  count(*) filter (where ${and(isOwner(backend, scope, 'owed'))}) as matching
                from ${owed} as owed group by owed.state`
            : sql`select owed.state, count(message.id) as matching, count(*) as seen
                from ${owed} as owed left join ${tables.message} as message
                  on message.application_id = owed.application_id and message.id = owed.message_id
                    and ${and([...isOwner(backend, scope, 'message'), ...ofMessages])}
                group by owed.state`,
        ),
      );
      const of = (state: number) => rows.find((row) => row.state === state)?.matching ?? 0;
      const seen = rows.reduce((sum, row) => sum + row.seen, 0);
      return { pending: of(0), exhausted: of(2), isExact: seen <= UNDELIVERED_COUNTED };
    },
  };
}

/** A message has a row per endpoint, so a place in the list consists of both ids. */
export function placeOf({ messageId, endpointId }: IdOfDelivery): string {
  return `${messageId}.${endpointId}`;
}

/** The condition that a row lies within the slice, by both ids. */
export function withinPlaces(slice: Slice, table: string): RawBuilder<SqlBool> {
  const ids = sql`(${sql.ref(`${table}.message_id`)}, ${sql.ref(`${table}.endpoint_id`)})`;
  const beyond = (compare: string, place: string) => {
    const [messageId = '', endpointId = ''] = place.split('.');
    return sql<SqlBool>`${ids} ${sql.raw(compare)} (${messageId}, ${endpointId})`;
  };
  const { bound, end } = slice;
  return and([
    ...(bound === null ? [] : [beyond(bound.compare, bound.id)]),
    ...(end === null ? [] : [beyond(compareEnd(slice), end)]),
  ]);
}

export function inOrder({ direction }: Slice, table = 'owed'): RawBuilder<unknown> {
  const column = (name: string) => sql`${sql.ref(`${table}.${name}`)} ${sql.raw(direction)}`;
  return sql`order by ${column('message_id')}, ${column('endpoint_id')}`;
}

export function and(conditions: readonly Expression<SqlBool>[]): RawBuilder<SqlBool> {
  return conditions.length === 0 ? sql`1 = 1` : sql`${sql.join([...conditions], sql` and `)}`;
}

function where(conditions: readonly Expression<SqlBool>[]) {
  return sql`where ${and(conditions)}`;
}

function namedBy(
  { applicationId }: UndeliveredScope,
  { endpointId, state }: { readonly endpointId?: string; readonly state?: 'pending' | 'exhausted' },
) {
  return { applicationId, endpointId: endpointId ?? null, state: state ?? null };
}

/** Restricts deliveries of all applications to the organization; a single application was checked before. */
function isOwner(
  { undelivered }: SqlBackend,
  { organizationId, applicationId }: UndeliveredScope,
  row: 'message' | 'owed',
): RawBuilder<SqlBool>[] {
  if (applicationId !== null) return [];
  return [
    sql<SqlBool>`exists (select 1 from ${undelivered.tables.application} as owner
      where owner.id = ${sql.ref(`${row}.application_id`)}
        and owner.organization_id = ${organizationId} and owner.deleted_at is null)`,
  ];
}

function toDelivery(row: UndeliveredRow, box: SecretBox): UndeliveredDelivery {
  const ended = row.state !== 0 && { due_at: null, claim_owner: 0 };
  const { payload: _, ...message } = messageOf({ ...row, payload: '' });
  return {
    message,
    delivery: deliveryOf({ ...row, message_id: row.id, ...ended }),
    endpointUrl: row.endpoint_url === null ? null : box.open(row.endpoint_url),
  };
}

function compilable<Row>({ db }: SqlBackend, query: RawBuilder<unknown>) {
  return { compile: () => (query as RawBuilder<Row>).compile(db) };
}

const ANY = { endpointId: null, state: null };
