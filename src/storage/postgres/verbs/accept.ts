import { contentChars } from '../../../domain/message.ts';
import type { AcceptResult, NewMessage } from '../../storage.ts';
import {
  checkInteger,
  checkText,
  checkTextOrNull,
  int2Array,
  int4Array,
  int8Array,
  textArray,
} from '../binary-array.ts';
import type { ConnectionPool, Statement } from '../connection-pool.ts';
import type { DatabaseTime } from '../database-time.ts';
import { sendingNotices } from '../fleet/due-notices.ts';
import { shardOf } from '../../fleet.ts';

export const KEY_LIFETIME_MS = 12 * 60 * 60 * 1000;
/** The expiry of a uid: it is taken for as long as its message is kept. */
export const NEVER = Number.MAX_SAFE_INTEGER;

interface Refused {
  readonly message_id: string;
  readonly kind: 'uid' | 'idempotencyKey';
  readonly existing_id: string;
}

/** A message that is stored already. */
type PassedOver = Pick<Refused, 'message_id'> & { readonly kind: null };

export interface Accepted {
  readonly results: AcceptResult[];
  /** Messages that were stored already, perhaps by an earlier try whose answer was lost. */
  readonly passedOver: ReadonlySet<string>;
}

/**
 * Stores messages with their deliveries in one statement, and so in one transaction. Of two messages with the
 * same uid or key, the second is stored by a further statement of the transaction.
 *
 * Idempotent: a message whose id is stored already is skipped and counts as accepted.
 *
 * `notices` tell the owners of other lanes about due deliveries; they are sent with the commit.
 */
export async function acceptMessages(
  pool: Pick<ConnectionPool, 'runAll'>,
  time: DatabaseTime,
  owner: number,
  messages: readonly NewMessage[],
  notices: readonly string[] = [],
): Promise<Accepted> {
  const statements = turnsOf(messages).map((turn, index) => {
    const statement = statementOf(turn, time, owner);
    return index === 0 && notices.length > 0 ? withNotices(statement, notices) : statement;
  });
  const results = await pool.runAll(statements);
  const refused = new Map<string, Refused>();
  const passedOver = new Set<string>();
  for (const row of results.flatMap(({ rows }) => rows as (Refused | PassedOver)[])) {
    if (row.kind === null) passedOver.add(row.message_id);
    // The idempotency key takes precedence over the uid.
    else if (row.kind === 'idempotencyKey' || !refused.has(row.message_id)) {
      refused.set(row.message_id, row);
    }
  }
  return {
    passedOver,
    results: messages.map(({ message }) => {
      const found = refused.get(message.id);
      if (found === undefined) return { accepted: true };
      return { accepted: false, existingId: found.existing_id, by: found.kind };
    }),
  };
}

/** Throws `storage_rejected` when a value can't be stored. */
export function checkMessages(messages: readonly NewMessage[]): void {
  for (const { message, claimed, deliveries, idempotencyKey, trace } of messages) {
    checkText('message.id', message.id);
    checkText('message.application_id', message.applicationId);
    checkText('message.organization_id', message.organizationId);
    checkText('message.event_type', message.eventType);
    checkTextOrNull('message.uid', message.uid);
    checkText('message.payload', message.payload);
    checkTextOrNull('message.content_type', message.contentType);
    checkTextOrNull('message.headers', message.headers);
    checkInteger('message.created_at', message.createdAt);
    checkInteger('message.deliver_at', message.deliverAt ?? 0);
    checkInteger('message.expires_at', message.expiresAt ?? 0);
    checkTextOrNull('message.trace', trace ?? null);
    checkTextOrNull('message_key.key', idempotencyKey);
    if (claimed !== null) checkInteger('delivery.due_at', claimed.until);
    for (const { dueAt } of deliveries) checkInteger('delivery.due_at', dueAt);
  }
}

/** Divides the messages into as few parts as possible, none with the same uid or key twice. */
function turnsOf(messages: readonly NewMessage[]): NewMessage[][] {
  const turns: NewMessage[][] = [[]];
  const lastTurn = new Map<string, number>();
  for (const message of messages) {
    const keys = keysOf(message).map(({ kind, key }) =>
      JSON.stringify([message.message.applicationId, kind, key]),
    );
    const turn = Math.max(0, ...keys.map((key) => (lastTurn.get(key) ?? -1) + 1));
    for (const key of keys) lastTurn.set(key, turn);
    (turns[turn] ??= []).push(message);
  }
  return turns;
}

function keysOf({ message, idempotencyKey }: NewMessage) {
  const keys: { kind: Refused['kind']; key: string; expiresAt: number }[] = [];
  if (idempotencyKey !== null) {
    const expiresAt = message.createdAt + KEY_LIFETIME_MS;
    keys.push({ kind: 'idempotencyKey', key: idempotencyKey, expiresAt });
  }
  if (message.uid !== null) keys.push({ kind: 'uid', key: message.uid, expiresAt: NEVER });
  return keys;
}

function statementOf(
  messages: readonly NewMessage[],
  time: DatabaseTime,
  owner: number,
): Statement {
  const deliveries = deliveriesOf(messages, time, owner);
  const values = [...messageColumns(messages), ...deliveryColumns(deliveries)];
  const keyed = messages.filter((message) => keysOf(message).length > 0);
  if (keyed.length === 0) return { name: 'accept', text: ACCEPT, values };
  return { name: 'accept-keyed', text: ACCEPT_KEYED, values: [...values, ...keyColumns(keyed)] };
}

function withNotices(
  { name, text, values = [] }: Statement,
  notices: readonly string[],
): Statement {
  return {
    name: `${name}-notices`,
    text: `${text} union all select null, null, null where ${sendingNotices(values.length + 1)} < 0`,
    values: [...values, textArray(notices)],
  };
}

function messageColumns(messages: readonly NewMessage[]): Buffer[] {
  const all = messages.map(({ message }) => message);
  return [
    textArray(all.map(({ applicationId }) => applicationId)),
    textArray(all.map(({ id }) => id)),
    textArray(all.map(({ organizationId }) => organizationId)),
    textArray(all.map(({ eventType }) => eventType)),
    textArray(all.map(({ uid }) => uid)),
    textArray(all.map(({ channels }) => channels && JSON.stringify(channels))),
    int8Array(all.map(({ createdAt }) => createdAt)),
    textArray(all.map(({ payload }) => payload)),
    textArray(all.map(({ contentType }) => contentType)),
    int4Array(all.map(contentChars)),
    int8Array(all.map(({ deliverAt }) => deliverAt)),
    int8Array(all.map(({ expiresAt }) => expiresAt)),
    textArray(all.map(({ tags }) => tags && JSON.stringify(tags))),
    textArray(messages.map(({ trace }) => trace ?? null)),
    textArray(all.map(({ headers }) => headers)),
  ];
}

interface DeliveryRow {
  readonly messageId: string;
  readonly endpointId: string;
  readonly applicationId: string;
  readonly dueAt: number;
  readonly claimOwner: number;
  /** Number of the delivery among those of its endpoint in this statement, from 1. */
  readonly nth: number;
}

function deliveriesOf(messages: readonly NewMessage[], time: DatabaseTime, owner: number) {
  const counts = new Map<string, number>();
  const rows: DeliveryRow[] = [];
  for (const { message, claimed, deliveries } of messages) {
    const { id: messageId, applicationId } = message;
    const add = (endpointId: string, dueAt: number, claimOwner: number) => {
      const nth = (counts.get(endpointId) ?? 0) + 1;
      counts.set(endpointId, nth);
      rows.push({ messageId, endpointId, applicationId, dueAt, claimOwner, nth });
    };
    for (const endpointId of claimed?.endpointIds ?? [])
      add(endpointId, claimed?.until ?? 0, owner);
    for (const { endpointId, dueAt } of deliveries) add(endpointId, time.stored(dueAt), 0);
  }
  return { rows, counts };
}

function deliveryColumns({ rows, counts }: ReturnType<typeof deliveriesOf>): Buffer[] {
  // Sorted, so that two processes that lock the same endpoints can't deadlock.
  const endpointIds = [...counts.keys()].toSorted();
  return [
    textArray(rows.map(({ messageId }) => messageId)),
    textArray(rows.map(({ endpointId }) => endpointId)),
    textArray(rows.map(({ applicationId }) => applicationId)),
    int2Array(rows.map(({ endpointId }) => shardOf(endpointId))),
    int8Array(rows.map(({ dueAt }) => dueAt)),
    int4Array(rows.map(({ claimOwner }) => claimOwner)),
    int4Array(rows.map(({ nth }) => nth)),
    textArray(endpointIds),
    int4Array(endpointIds.map((id) => counts.get(id) ?? 0)),
  ];
}

function keyColumns(messages: readonly NewMessage[]): Buffer[] {
  const rows = messages.flatMap((given) =>
    keysOf(given).map((key) => ({ ...given.message, ...key })),
  );
  return [
    textArray(rows.map(({ applicationId }) => applicationId)),
    textArray(rows.map(({ kind }) => kind)),
    textArray(rows.map(({ key }) => key)),
    textArray(rows.map(({ id }) => id)),
    int8Array(rows.map(({ createdAt }) => createdAt)),
    int8Array(rows.map(({ expiresAt }) => expiresAt)),
  ];
}

const MESSAGE_COLUMNS =
  'application_id, id, organization_id, event_type, uid, channels, created_at, payload, content_type, payload_chars, deliver_at, expires_at, tags, trace, headers';

// `not in` over a CTE is a hash look-up. A join of two CTEs would be a nested loop: the sessions of the hot
// path allow no other joins, so that deliveries are found by their index whatever the statistics say.
const STORE = (isFree: string) => `
  stored as (
    insert into posthaste.message (${MESSAGE_COLUMNS})
    select ${MESSAGE_COLUMNS} from given ${isFree}
    on conflict do nothing
    returning id
  ),
  passed_over as (
    select id from given where id not in (select id from stored)
  ),
  place as (
    update posthaste.endpoint_sequence as s set value = s.value + c.count
    from unnest($23::text[], $24::int4[]) as c (endpoint_id, count)
    where s.endpoint_id = c.endpoint_id and s.active
    returning s.endpoint_id, s.value - c.count as before
  ),
  owed as (
    insert into posthaste.delivery
      (message_id, endpoint_id, application_id, shard, due_at, claim_owner, sequence,
       attempt_count, schedule_step, trigger)
    select d.message_id, d.endpoint_id, d.application_id, d.shard, d.due_at, d.claim_owner,
      (select p.before + d.nth from place as p where p.endpoint_id = d.endpoint_id), 0, 0, 0
    from unnest($16::text[], $17::text[], $18::text[], $19::int2[], $20::int8[], $21::int4[],
        $22::int4[])
      as d (message_id, endpoint_id, application_id, shard, due_at, claim_owner, nth)
    where d.message_id not in (select id from passed_over)
    on conflict do nothing
  )`;

const GIVEN = `
  given as materialized (
    select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
        $7::int8[], $8::text[], $9::text[], $10::int4[], $11::int8[], $12::int8[], $13::text[], $14::text[],
        $15::text[])
      as m (${MESSAGE_COLUMNS})
  )`;

const PASSED_OVER = `
  select id as message_id, null as kind, null as existing_id from passed_over`;

export const ACCEPT = `with ${GIVEN}, ${STORE('')} ${PASSED_OVER}`;

export const ACCEPT_KEYED = `with ${GIVEN},
  key as materialized (
    select * from unnest($25::text[], $26::text[], $27::text[], $28::text[], $29::int8[], $30::int8[])
      as k (application_id, kind, key, message_id, created_at, expires_at)
  ),
  known as materialized (
    select key.message_id, key.kind, held.message_id as existing_id
    from key cross join lateral (
      select h.message_id from posthaste.message_key as h
      where h.application_id = key.application_id and h.kind = key.kind and h.key = key.key
        and h.expires_at > key.created_at
      limit 1
    ) as held
  ),
  free as materialized (
    select * from key where message_id not in (select message_id from known)
  ),
  taken as (
    insert into posthaste.message_key as h (application_id, kind, key, message_id, expires_at)
    select application_id, kind, key, message_id, expires_at from free
    order by application_id, kind, key
    on conflict (application_id, kind, key) do update
      set message_id = excluded.message_id, expires_at = excluded.expires_at
      where h.expires_at <= excluded.expires_at - ${KEY_LIFETIME_MS}
    returning 1
  ),
  ${STORE('where id not in (select message_id from known)')}
  ${PASSED_OVER}
  union all
  select message_id, kind, existing_id from known where existing_id <> message_id
  union all
  select null, null, null
  where (select count(*) from taken) < (select count(*) from free) and posthaste.run_again()`;
