import type { AttemptRecord, ClaimRelease, HealthChange, RecordBatch } from '../../storage.ts';
import {
  checkInteger,
  checkIntegerOrNull,
  checkText,
  checkTextOrNull,
  int2Array,
  int4Array,
  int8Array,
  textArray,
} from '../binary-array.ts';
import type { ConnectionPool, Statement } from '../connection-pool.ts';
import type { DatabaseTime } from '../database-time.ts';

/** Of an endpoint: work came to be due at `due_at`, or is to be looked for when that is null. */
export interface DueHint {
  readonly endpoint_id: string;
  readonly due_at: number | null;
}

/**
 * Writes releases, then attempts with what they lead to, then changes of health: one statement, and so
 * one transaction, for all that were given. What happens to one delivery more than once takes turns,
 * in further statements of the transaction.
 *
 * Idempotent: an attempt that is there already, by its id, is passed over with all it leads to.
 */
export async function record(
  pool: ConnectionPool,
  time: DatabaseTime,
  batches: readonly RecordBatch[],
): Promise<DueHint[]> {
  const turns = turnsOf(batches);
  const health = mergedHealth(batches.flatMap((batch) => batch.health));
  const statements = turns.map((turn, index) =>
    statementOf(turn, index === turns.length - 1 ? health : [], time),
  );
  const results = await pool.runAll(statements);
  return results.flatMap(({ rows }) => rows as DueHint[]);
}

/** Throws `storage_rejected` when a value can't be stored. */
export function checkRecords({ records, health, releases }: RecordBatch): void {
  for (const { attempt, claim, next } of records) {
    checkText('attempt.id', attempt.id);
    checkText('attempt.message_id', attempt.messageId);
    checkText('attempt.endpoint_id', attempt.endpointId);
    checkText('attempt.application_id', attempt.applicationId);
    checkText('attempt.url', attempt.url);
    checkText('attempt.detail', attempt.detail);
    checkText('attempt.response', attempt.response);
    checkTextOrNull('attempt.failure', attempt.failure);
    checkInteger('attempt.number', attempt.number);
    checkInteger('attempt.started_at', attempt.startedAt);
    checkInteger('attempt.duration_ms', attempt.durationMs);
    checkIntegerOrNull('attempt.status_code', attempt.statusCode);
    checkInteger('delivery.due_at', claim.until);
    if (next.state === 'pending') checkInteger('delivery.due_at', next.dueAt);
  }
  for (const { dueAt, claim } of releases) {
    checkInteger('delivery.due_at', dueAt);
    checkInteger('delivery.due_at', claim.until);
  }
  for (const { failingSince = null, lastFailedAt = null, addFailed = 0 } of health) {
    checkIntegerOrNull('endpoint.failing_since', failingSince);
    checkIntegerOrNull('endpoint.last_failed_at', lastFailedAt);
    checkInteger('endpoint.failed_count', addFailed);
  }
}

interface Turn {
  readonly records: { readonly record: AttemptRecord; readonly effect: Effect }[];
  readonly releases: ClaimRelease[];
}

/** The numbers are what the statement calls them. `count`: the attempt is kept and counted, no more. */
const EFFECT = { pending: 0, delivered: 1, exhausted: 2, count: 9 } as const;
type Effect = keyof typeof EFFECT;

/**
 * As few parts as can be, in which each delivery is released or changed once. A second record under
 * the same claim that is no success changes nothing any more: it goes with the first.
 */
function turnsOf(batches: readonly RecordBatch[]): Turn[] {
  const turns: Turn[] = [];
  const used = new Map<string, { turn: number; readonly claims: Set<string> }>();
  const attemptIds = new Set<string>();
  const turnOf = (key: string) => {
    const known = used.get(key);
    const place = known ?? { turn: -1, claims: new Set<string>() };
    place.turn++;
    if (known === undefined) used.set(key, place);
    return place;
  };
  const at = (turn: number): Turn => (turns[turn] ??= { records: [], releases: [] });

  // The order of the contract is within a batch, and the batches follow each other.
  for (const { records, releases } of batches) {
    for (const release of releases) {
      const place = turnOf(keyOf(release.messageId, release.endpointId));
      place.claims.clear();
      at(place.turn).releases.push(release);
    }
    for (const record of records) {
      const { attempt, claim, next } = record;
      const id = `${attempt.messageId} ${attempt.id}`;
      if (attemptIds.has(id)) continue;
      attemptIds.add(id);
      const key = keyOf(attempt.messageId, attempt.endpointId);
      const claimed = `${claim.owner} ${claim.until}`;
      const known = used.get(key);
      if (known?.claims.has(claimed) === true && next.state !== 'delivered') {
        at(known.turn).records.push({ record, effect: 'count' });
        continue;
      }
      const place = turnOf(key);
      place.claims.add(claimed);
      at(place.turn).records.push({ record, effect: next.state });
    }
  }
  return turns.length === 0 ? [{ records: [], releases: [] }] : turns;
}

function keyOf(messageId: string, endpointId: string): string {
  return `${messageId} ${endpointId}`;
}

function mergedHealth(changes: readonly HealthChange[]): HealthChange[] {
  const merged = new Map<string, HealthChange>();
  for (const change of changes) {
    const before = merged.get(change.endpointId);
    const disabled = before?.disabled ?? change.disabled;
    merged.set(change.endpointId, {
      ...before,
      ...change,
      addFailed: (before?.addFailed ?? 0) + (change.addFailed ?? 0),
      ...(disabled && { disabled }),
    });
  }
  // In one order, so that two processes that change the same endpoints can't deadlock.
  return [...merged.values()].toSorted((a, b) => (a.endpointId < b.endpointId ? -1 : 1));
}

function statementOf(
  { records, releases }: Turn,
  health: readonly HealthChange[],
  time: DatabaseTime,
): Statement {
  const others = records.some(({ effect }) => effect !== 'delivered');
  const parts = [
    ...(others ? [OTHER_EFFECTS] : []),
    ...(releases.length > 0 ? [RELEASES] : []),
    ...(health.length > 0 ? [HEALTH] : []),
  ];
  const values = recordColumns(records, time);
  let text = DELIVERED;
  let hints = DELIVERED_HINTS;
  for (const part of parts) {
    // Each part numbers its parameters from those before it.
    text += `, ${part.text(values.length)}`;
    if (part.hints !== null) hints += ` union all ${part.hints}`;
    if (part === RELEASES) values.push(...releaseColumns(releases, time));
    if (part === HEALTH) values.push(...healthColumns(health));
  }
  const name = ['record', ...parts.map((part) => part.name)].join('-');
  return { name, text: `${text} ${hints}`, values };
}

function recordColumns(records: Turn['records'], time: DatabaseTime): Buffer[] {
  const attempts = records.map(({ record }) => record.attempt);
  const next = records.map(({ record }) => record.next);
  return [
    textArray(attempts.map(({ messageId }) => messageId)),
    textArray(attempts.map(({ id }) => id)),
    textArray(attempts.map(({ endpointId }) => endpointId)),
    textArray(attempts.map(({ applicationId }) => applicationId)),
    int8Array(attempts.map(({ startedAt }) => startedAt)),
    int4Array(attempts.map(({ number }) => number)),
    int4Array(attempts.map(({ durationMs }) => durationMs)),
    int4Array(attempts.map(({ statusCode }) => statusCode)),
    int2Array(attempts.map(({ trigger }) => (trigger === 'scheduled' ? 0 : 1))),
    int2Array(attempts.map(({ succeeded }) => (succeeded ? 1 : 0))),
    textArray(attempts.map(({ url }) => url)),
    textArray(attempts.map(({ failure }) => failure)),
    textArray(attempts.map(({ detail }) => detail)),
    textArray(attempts.map(({ response }) => response)),
    int2Array(records.map(({ effect }) => EFFECT[effect])),
    int4Array(records.map(({ record }) => record.claim.owner)),
    int8Array(records.map(({ record }) => record.claim.until)),
    int8Array(next.map((to) => (to.state === 'pending' ? time.stored(to.dueAt) : 0))),
    int4Array(next.map((to) => (to.state === 'pending' ? to.scheduleStep : 0))),
  ];
}

function releaseColumns(releases: readonly ClaimRelease[], time: DatabaseTime): Buffer[] {
  return [
    textArray(releases.map(({ messageId }) => messageId)),
    textArray(releases.map(({ endpointId }) => endpointId)),
    int4Array(releases.map(({ claim }) => claim.owner)),
    int8Array(releases.map(({ claim }) => claim.until)),
    int8Array(releases.map(({ dueAt }) => time.stored(dueAt))),
  ];
}

function healthColumns(changes: readonly HealthChange[]): Buffer[] {
  return [
    textArray(changes.map(({ endpointId }) => endpointId)),
    int2Array(changes.map(({ failingSince }) => (failingSince === undefined ? 0 : 1))),
    int8Array(changes.map(({ failingSince }) => failingSince ?? null)),
    int2Array(changes.map(({ lastFailedAt }) => (lastFailedAt === undefined ? 0 : 1))),
    int8Array(changes.map(({ lastFailedAt }) => lastFailedAt ?? null)),
    int4Array(changes.map(({ addFailed }) => addFailed ?? 0)),
    int8Array(changes.map(({ disabled }) => disabled?.at ?? null)),
    textArray(changes.map(({ disabled }) => disabled?.reason ?? null)),
  ];
}

const ATTEMPT_COLUMNS =
  'message_id, id, endpoint_id, application_id, started_at, number, duration_ms, status_code, trigger, succeeded, url, failure, detail, response';

/** What most batches are made of: a delivery that succeeds leaves the table. */
const DELIVERED = `with
  given as materialized (
    select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int8[], $6::int4[],
        $7::int4[], $8::int4[], $9::int2[], $10::int2[], $11::text[], $12::text[], $13::text[],
        $14::text[], $15::int2[], $16::int4[], $17::int8[], $18::int8[], $19::int4[])
      as g (${ATTEMPT_COLUMNS}, effect, claim_owner, claim_until, due_at, step)
  ),
  stored as (
    insert into posthaste.attempt (${ATTEMPT_COLUMNS})
    select ${ATTEMPT_COLUMNS} from given
    on conflict do nothing
    returning id
  ),
  passed_over as (
    select id from given where id not in (select id from stored)
  ),
  fresh as materialized (
    select message_id, endpoint_id, effect, claim_owner, claim_until, due_at, step
    from given where id not in (select id from passed_over)
  ),
  delivered as (
    delete from posthaste.delivery as d using fresh as f
    where f.effect = ${EFFECT.delivered}
      and d.message_id = f.message_id and d.endpoint_id = f.endpoint_id
    returning d.message_id, d.endpoint_id, d.application_id, d.claim_owner, d.sequence,
      d.schedule_step
  ),
  kept_place as (
    insert into posthaste.settled_delivery
      (message_id, endpoint_id, application_id, state, schedule_step, sequence)
    select message_id, endpoint_id, application_id, 1, schedule_step, sequence
    from delivered where sequence is not null
    on conflict do nothing
  )`;
/** At an ordered endpoint the next may go; one that waited to be claimed was perhaps the earliest. */
const DELIVERED_HINTS = `
  select endpoint_id, null::int8 as due_at from delivered
  where sequence is not null or claim_owner = 0`;

interface Part {
  readonly name: string;
  readonly text: (before: number) => string;
  readonly hints: string | null;
}

const HOLDS = (d: string, f: string) =>
  `${d}.claim_owner = ${f}.claim_owner and ${d}.due_at = ${f}.claim_until`;

const RETRIES = `c.effect = ${EFFECT.pending} and ${HOLDS('d', 'c')}`;

/** Retries, ends without success, and attempts that come too late to change anything. */
const OTHER_EFFECTS: Part = {
  name: 'others',
  text: () => `
  exhausted as (
    delete from posthaste.delivery as d using fresh as f
    where f.effect = ${EFFECT.exhausted}
      and d.message_id = f.message_id and d.endpoint_id = f.endpoint_id and ${HOLDS('d', 'f')}
    returning d.message_id, d.endpoint_id, d.application_id, d.sequence, d.schedule_step
  ),
  settled as (
    insert into posthaste.settled_delivery
      (message_id, endpoint_id, application_id, state, schedule_step, sequence)
    select message_id, endpoint_id, application_id, ${EFFECT.exhausted}, schedule_step, sequence
    from exhausted
    on conflict (message_id, endpoint_id) do update
      set state = excluded.state, schedule_step = excluded.schedule_step
  ),
  counted as materialized (
    select message_id, endpoint_id, count(*)::int4 as count, min(effect) as effect,
      max(claim_owner) filter (where effect < ${EFFECT.count}) as claim_owner,
      max(claim_until) filter (where effect < ${EFFECT.count}) as claim_until,
      max(due_at) filter (where effect = ${EFFECT.pending}) as due_at,
      max(step) filter (where effect = ${EFFECT.pending}) as step
    from fresh group by message_id, endpoint_id
  ),
  changed as (
    update posthaste.delivery as d set
      attempt_count = d.attempt_count + c.count,
      claim_owner = case when ${RETRIES} then 0 else d.claim_owner end,
      due_at = case when ${RETRIES} then c.due_at else d.due_at end,
      schedule_step = case when ${RETRIES} then c.step else d.schedule_step end,
      trigger = case when ${RETRIES} then 0 else d.trigger end
    from counted as c
    where d.message_id = c.message_id and d.endpoint_id = c.endpoint_id
      and c.effect <> ${EFFECT.delivered}
      and not (c.effect = ${EFFECT.exhausted} and ${HOLDS('d', 'c')})
    returning d.endpoint_id, d.claim_owner, d.due_at, c.effect
  )`,
  hints: `
  select endpoint_id, null from exhausted where sequence is not null
  union all
  select endpoint_id, due_at from changed where effect = ${EFFECT.pending} and claim_owner = 0`,
};

const RELEASES: Part = {
  name: 'releases',
  text: (n) => `
  released as (
    update posthaste.delivery as d set claim_owner = 0, due_at = r.due_at
    from unnest($${n + 1}::text[], $${n + 2}::text[], $${n + 3}::int4[], $${n + 4}::int8[],
        $${n + 5}::int8[])
      as r (message_id, endpoint_id, claim_owner, claim_until, due_at)
    where d.message_id = r.message_id and d.endpoint_id = r.endpoint_id and ${HOLDS('d', 'r')}
    returning d.endpoint_id, d.due_at
  )`,
  hints: 'select endpoint_id, due_at from released',
};

const HEALTH: Part = {
  name: 'health',
  text: (n) => `
  health as (
    update posthaste.endpoint as e set
      failing_since = case when h.sets_failing_since = 1 then h.failing_since else e.failing_since end,
      last_failed_at = case when h.sets_last_failed_at = 1 then h.last_failed_at else e.last_failed_at end,
      failed_count = e.failed_count + h.add_failed,
      disabled_reason = case when e.disabled_at is null then h.disabled_reason else e.disabled_reason end,
      disabled_at = coalesce(e.disabled_at, h.disabled_at)
    from unnest($${n + 1}::text[], $${n + 2}::int2[], $${n + 3}::int8[], $${n + 4}::int2[],
        $${n + 5}::int8[], $${n + 6}::int4[], $${n + 7}::int8[], $${n + 8}::text[])
      as h (endpoint_id, sets_failing_since, failing_since, sets_last_failed_at, last_failed_at,
        add_failed, disabled_at, disabled_reason)
    where e.id = h.endpoint_id
  )`,
  hints: null,
};
