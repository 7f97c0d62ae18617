import type {
  AcceptResult,
  NewMessage,
  OutboxBatch,
  OutboxDecision,
  OutboxOutcome,
  OutboxRefusal,
  OutboxRow,
} from '../../storage.ts';
import { OUTBOX_QUIET_MS } from '../../storage.ts';
import { int8Array, textArray } from '../binary-array.ts';
import type { ConnectionPool, Statement } from '../connection-pool.ts';

export interface RelayOptions {
  readonly pool: ConnectionPool;
  /** Stores messages in the transaction; `tell` is called after its commit, `lose` when it failed. */
  readonly accept: (
    transaction: Pick<ConnectionPool, 'runAll'>,
    messages: readonly NewMessage[],
  ) => Promise<Accepted>;
}

interface Accepted {
  readonly results: readonly AcceptResult[];
  readonly tell: () => void;
  readonly lose: () => void;
}

/** `Outbox.relay`. */
export async function relayRows(
  { pool, accept }: RelayOptions,
  { limit, maxPayloadChars }: OutboxBatch,
  decide: (rows: readonly OutboxRow[]) => Promise<readonly OutboxDecision[]>,
): Promise<readonly OutboxOutcome[] | null> {
  const { rowCount } = await pool.run({ name: 'outbox-any', text: ANY });
  if (rowCount === 0) return [];
  let accepted = null as Accepted | null;
  const relaying = pool.transaction(async (send) => {
    const { rows: locked } = await send<{ mine: boolean }>({ name: 'outbox-lock', text: LOCK });
    if (locked[0]?.mine !== true) return null;
    const { rows: first } = await send<Row>({
      name: 'outbox-first',
      text: FIRST_ROWS,
      values: [limit, BATCH_BYTES, maxPayloadChars * BYTES_PER_CHAR],
    });
    if (first.length === 0) return [];
    const decisions = await decide(first.map(rowOf));
    const rows = first.slice(0, decisions.length);
    const messages = decisions.flatMap((decision) =>
      'accept' in decision ? [decision.accept] : [],
    );
    const runAll = async (statements: readonly Statement[]) => {
      const results = [];
      for (const statement of statements) results.push(await send(statement));
      return results;
    };
    accepted = await accept({ runAll }, messages);
    const next = accepted.results[Symbol.iterator]();
    const outcomes: OutboxOutcome[] = [];
    for (const decision of decisions) {
      if ('refuse' in decision) outcomes.push({ kind: 'refused', refusal: decision.refuse });
      else outcomes.push(await outcomeOf(send, decision.accept, next.next().value));
    }
    await send(removing(rows.filter((_, index) => outcomes[index]?.kind !== 'refused')));
    const refused = rows.flatMap(({ place }, index) => {
      const outcome = outcomes[index];
      return outcome?.kind === 'refused' ? [{ place, ...outcome.refusal }] : [];
    });
    if (refused.length > 0) await send(settingAside(refused));
    return outcomes;
  });
  const outcomes = await relaying.catch((error: unknown) => {
    accepted?.lose();
    throw error;
  });
  accepted?.tell();
  return outcomes;
}

type Send = Parameters<Parameters<ConnectionPool['transaction']>[0]>[0];

interface Row {
  readonly place: number;
  readonly message_id: string;
  readonly organization_id: string;
  readonly application: string;
  readonly event_type: string;
  readonly payload: string | null;
  readonly payload_bytes: number;
  readonly content_type: string | null;
  readonly headers: string | null;
  readonly traceparent: string | null;
  readonly event_id: string | null;
  readonly channels: string[] | null;
  readonly sent_at: number;
}

function rowOf(row: Row): OutboxRow {
  return {
    messageId: row.message_id,
    organizationId: row.organization_id,
    application: row.application,
    eventType: row.event_type,
    payload: row.payload,
    payloadBytes: row.payload_bytes,
    contentType: row.content_type,
    headers: row.headers,
    traceparent: row.traceparent,
    eventId: row.event_id,
    channels: row.channels,
    sentAt: row.sent_at,
  };
}

/** A second message under a uid is a repetition when it is the same, and refused when it differs. */
async function outcomeOf(
  send: Send,
  { message }: NewMessage,
  result: AcceptResult | undefined,
): Promise<OutboxOutcome> {
  if (result === undefined) throw new Error('a message has no result');
  if (result.accepted) return { kind: 'accepted' };
  const { rowCount } = await send({
    name: 'outbox-same',
    text: SAME,
    values: [
      message.applicationId,
      result.existingId,
      message.eventType,
      message.payload,
      message.contentType,
      message.channels && JSON.stringify(message.channels),
      message.headers,
    ],
  });
  if (rowCount === 1) return { kind: 'repeated' };
  const reason = `Another message with this event_id exists: ${result.existingId}`;
  return { kind: 'refused', refusal: { code: 'conflict', reason } };
}

function removing(rows: readonly Row[]): Statement {
  return { name: 'outbox-remove', text: REMOVE, values: [int8Array(rows.map((row) => row.place))] };
}

function settingAside(rows: readonly (OutboxRefusal & Pick<Row, 'place'>)[]): Statement {
  return {
    name: 'outbox-set-aside',
    text: SET_ASIDE,
    values: [
      int8Array(rows.map(({ place }) => place)),
      textArray(rows.map(({ code }) => code)),
      textArray(rows.map(({ reason }) => reason)),
    ],
  };
}

const ANY = 'select from posthaste.outbox limit 1';

/** "outbox" in ASCII. The lock lasts until the end of the transaction, also when the process dies. */
const RELAY_LOCK = 0x6f7574626f78;
const LOCK = `select pg_try_advisory_xact_lock(${RELAY_LOCK}) as mine`;

const BATCH_BYTES = 8 * 1024 * 1024;
/** A UTF-16 code unit has at most this many bytes in UTF-8. */
const BYTES_PER_CHAR = 3;

const FIRST_ROWS = `
  select o.place, o.message_id, o.organization_id, o.application, o.event_type, o.payload_bytes,
    case when o.payload_bytes <= $3::int8 then o.payload end as payload,
    o.content_type, o.headers::text as headers, o.traceparent, o.event_id, o.channels, o.sent_at
  from (
    select place, sum(least(payload_bytes, $3::int8)) over (order by place) - payload_bytes as before
    from (select place, payload_bytes from posthaste.outbox order by place limit $1) as first
  ) as f
  join posthaste.outbox as o on o.place = f.place
  where f.before < $2::int8
  order by f.place`;

const SAME = `
  select from posthaste.message
  where application_id = $1 and id = $2 and event_type = $3 and payload = $4
    and content_type is not distinct from $5 and channels is not distinct from $6
    and headers is not distinct from $7`;

const REMOVE = `
  with removed as (delete from posthaste.outbox where place = any($1::int8[]))
  select setval('posthaste.outbox_awake_until',
    (extract(epoch from clock_timestamp()) * 1000)::int8 + ${OUTBOX_QUIET_MS})`;

const OUTBOX_COLUMNS =
  'place, message_id, organization_id, application, event_type, payload, event_id, channels, content_type, sent_at, payload_bytes, headers, traceparent';

const SET_ASIDE = `
  with gone as (
    delete from posthaste.outbox where place = any($1::int8[]) returning *
  )
  insert into posthaste.outbox_failed (${OUTBOX_COLUMNS}, code, reason)
  select ${OUTBOX_COLUMNS}, code, reason
  from gone join unnest($1::int8[], $2::text[], $3::text[]) as f (place, code, reason)
    using (place)`;
