import type { OperationalEvent } from '../../../domain/operational-event.ts';
import type { AttemptRecord, ClaimRelease, HealthChange } from '../../storage.ts';
import { int2Array, int4Array, int8Array, textArray } from '../binary-array.ts';
import type { Statement } from '../connection-pool.ts';
import type { DatabaseTime } from '../database-time.ts';

/** The input of one statement, in which each delivery is released or changed at most once. */
export interface Turn {
  readonly records: { readonly record: AttemptRecord; readonly effect: Effect }[];
  readonly releases: ClaimRelease[];
}

/** The numbers of the effects within the statement. `count`: the attempt is stored and counted, without another effect. */
const EFFECT = { pending: 0, delivered: 1, exhausted: 2, cancelled: 3, count: 9 } as const;
type Effect = keyof typeof EFFECT;

export function recordStatement(
  { records, releases }: Turn,
  health: readonly HealthChange[],
  events: readonly OperationalEvent[],
  time: DatabaseTime,
): Statement {
  const parts = [
    ...(records.some(({ effect }) => effect !== 'delivered') ? [OTHER_EFFECTS] : []),
    ...(releases.length > 0 ? [RELEASES] : []),
    ...(health.length + events.length > 0 ? [HEALTH] : []),
    ...(events.length > 0 ? [EVENTS] : []),
  ];
  return {
    name: ['record', ...parts.map(({ name }) => name)].join('-'),
    text: textOf(parts),
    values: [
      ...recordColumns(records, time),
      ...(releases.length > 0 ? releaseColumns(releases, time) : []),
      ...(health.length + events.length > 0 ? healthColumns(health) : []),
      ...(events.length > 0 ? eventColumns(events) : []),
    ],
  };
}

function textOf(parts: readonly Part[]): string {
  let text = DELIVERED;
  let hints = DELIVERED_HINTS;
  let parameters = RECORD_PARAMETERS;
  for (const part of parts) {
    text += `, ${part.text(parameters)}`;
    if (part.hints !== null) hints += ` union all ${part.hints}`;
    parameters += part.parameters;
  }
  return `${text} ${hints}`;
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
    textArray(attempts.map(({ exchange }) => exchange)),
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
    int8Array(changes.map(({ endpointUpdatedAt }) => endpointUpdatedAt)),
  ];
}

function eventColumns(events: readonly OperationalEvent[]): Buffer[] {
  return [
    textArray(events.map(({ id }) => id)),
    textArray(events.map(({ type }) => type)),
    textArray(events.map(({ organizationId }) => organizationId)),
    textArray(events.map(({ applicationId }) => applicationId)),
    textArray(events.map(({ endpointId }) => endpointId)),
    int8Array(events.map(({ createdAt }) => createdAt)),
    textArray(events.map(({ data }) => JSON.stringify(data))),
  ];
}

const ATTEMPT_COLUMNS =
  'message_id, id, endpoint_id, application_id, started_at, number, duration_ms, status_code, trigger, succeeded, url, failure, detail, response, exchange';

const RECORD_PARAMETERS = 20;

/** The usual case, a successful delivery: its row leaves the table. */
const DELIVERED = `with
  given as materialized (
    select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int8[], $6::int4[],
        $7::int4[], $8::int4[], $9::int2[], $10::int2[], $11::text[], $12::text[], $13::text[],
        $14::text[], $15::text[], $16::int2[], $17::int4[], $18::int8[], $19::int8[], $20::int4[])
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
/**
 * Hints for endpoints whose next due time may have changed: those that are ordered, where the next delivery may be
 * claimed now, and those whose delivery was unclaimed and may have been the earliest. One more row without an endpoint
 * has the number of delivered deliveries.
 */
const DELIVERED_HINTS = `
  select endpoint_id, null::int8 as due_at, null as health from delivered
  where sequence is not null or claim_owner = 0
  union all
  select null, count(*), null from delivered`;

/** Marks deliveries as delivered that were cancelled while their successful attempt was under way. */
export function deliveredAllTheSame(records: readonly AttemptRecord[]): Statement {
  return {
    name: 'delivered-all-the-same',
    text: DELIVERED_ALL_THE_SAME,
    values: [
      textArray(records.map(({ attempt }) => attempt.messageId)),
      textArray(records.map(({ attempt }) => attempt.endpointId)),
    ],
  };
}

export const DELIVERED_ALL_THE_SAME = `
  update posthaste.settled_delivery as s set state = ${EFFECT.delivered}
  from unnest($1::text[], $2::text[]) as a (message_id, endpoint_id)
  where s.message_id = a.message_id and s.endpoint_id = a.endpoint_id
    and s.state = ${EFFECT.cancelled}`;

interface Part {
  readonly name: string;
  /** The number of its parameters, which are numbered after the `before` parameters of earlier parts. */
  readonly parameters: number;
  readonly text: (before: number) => string;
  readonly hints: string | null;
}

const HOLDS = (d: string, f: string) =>
  `${d}.claim_owner = ${f}.claim_owner and ${d}.due_at = ${f}.claim_until`;

/** The ends of a delivery without success. The numbers are also those of the states of settled deliveries. */
const ENDS = `${EFFECT.exhausted}, ${EFFECT.cancelled}`;

const RETRIES = `c.effect = ${EFFECT.pending} and ${HOLDS('d', 'c')}`;

/** Retries, ends without success, and attempts that come too late to change anything. */
const OTHER_EFFECTS: Part = {
  name: 'others',
  parameters: 0,
  text: () => `
  ended as (
    delete from posthaste.delivery as d using fresh as f
    where f.effect in (${ENDS})
      and d.message_id = f.message_id and d.endpoint_id = f.endpoint_id and ${HOLDS('d', 'f')}
    returning d.message_id, d.endpoint_id, d.application_id, d.sequence, d.schedule_step, f.effect
  ),
  settled as (
    insert into posthaste.settled_delivery
      (message_id, endpoint_id, application_id, state, schedule_step, sequence)
    select message_id, endpoint_id, application_id, effect, schedule_step, sequence
    from ended
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
      and not (c.effect in (${ENDS}) and ${HOLDS('d', 'c')})
    returning d.endpoint_id, d.claim_owner, d.due_at, c.effect
  )`,
  hints: `
  select endpoint_id, null, null from ended where sequence is not null
  union all
  select endpoint_id, due_at, null from changed where effect = ${EFFECT.pending} and claim_owner = 0`,
};

const RELEASES: Part = {
  name: 'releases',
  parameters: 5,
  text: (n) => `
  released as (
    update posthaste.delivery as d set claim_owner = 0, due_at = r.due_at
    from unnest($${n + 1}::text[], $${n + 2}::text[], $${n + 3}::int4[], $${n + 4}::int8[],
        $${n + 5}::int8[])
      as r (message_id, endpoint_id, claim_owner, claim_until, due_at)
    where d.message_id = r.message_id and d.endpoint_id = r.endpoint_id and ${HOLDS('d', 'r')}
    returning d.endpoint_id, d.due_at
  )`,
  hints: 'select endpoint_id, due_at, null from released',
};

const HEALTH: Part = {
  name: 'health',
  parameters: 9,
  text: (n) => `
  given_health as materialized (
    select * from unnest($${n + 1}::text[], $${n + 2}::int2[], $${n + 3}::int8[], $${n + 4}::int2[],
        $${n + 5}::int8[], $${n + 6}::int4[], $${n + 7}::int8[], $${n + 8}::text[], $${n + 9}::int8[])
      as h (endpoint_id, sets_failing_since, failing_since, sets_last_failed_at, last_failed_at,
        add_failed, disabled_at, disabled_reason, updated_at)
  ),
  -- The records of all endpoints would wait for a row that somebody holds.
  free as materialized (
    select id from posthaste.endpoint where id = any($${n + 1}::text[])
    for no key update skip locked
  ),
  health as (
    update posthaste.endpoint as e set
      failing_since = case when h.sets_failing_since = 1 then h.failing_since else e.failing_since end,
      last_failed_at = case when h.sets_last_failed_at = 1 then h.last_failed_at else e.last_failed_at end,
      failed_count = e.failed_count + h.add_failed,
      disabled_reason = case when e.disabled_at is null then h.disabled_reason else e.disabled_reason end,
      disabled_at = coalesce(e.disabled_at, h.disabled_at)
    from given_health as h
    where e.id = h.endpoint_id and e.updated_at = h.updated_at and e.id in (select id from free)
      -- A batch that is run once more must not count its failures twice.
      and ((select count(*) from stored) > 0 or (select count(*) from given) = 0)
    returning e.id, e.application_id, h.disabled_at,
      e.disabled_at is not distinct from h.disabled_at as disabled
  ),
  told as (
    insert into posthaste.change (application_id, endpoint_ids)
    select application_id, array_agg(id) from health where disabled_at is not null
    group by application_id
  )`,
  hints: `
  select id, null, 'disabled' from health where disabled and disabled_at is not null
  union all
  select e.id, null, 'held' from posthaste.endpoint as e, given_health as h
  where e.id = h.endpoint_id and e.updated_at = h.updated_at and e.id not in (select id from free)`,
};

/** Must come after `HEALTH`. */
const EVENTS: Part = {
  name: 'events',
  parameters: 7,
  text: (n) => `
  events as (
    insert into posthaste.operational_event
      (id, type, organization_id, application_id, endpoint_id, created_at, data)
    select * from unnest($${n + 1}::text[], $${n + 2}::text[], $${n + 3}::text[],
        $${n + 4}::text[], $${n + 5}::text[], $${n + 6}::int8[], $${n + 7}::text[])
      as o (id, type, organization_id, application_id, endpoint_id, created_at, data)
    where o.type not like 'endpoint.%' or o.endpoint_id in
      (select id from health where disabled or o.type <> 'endpoint.disabled')
    on conflict do nothing
  )`,
  hints: null,
};

/** The statement for a batch with all kinds of changes. */
export const RECORD_ALL = textOf([OTHER_EFFECTS, RELEASES, HEALTH, EVENTS]);
