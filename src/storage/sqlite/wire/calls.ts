import type { Attempt } from '../../../domain/attempt.ts';
import type { DeliveryState, Handoff } from '../../../domain/delivery.ts';
import type { EndpointDisabled } from '../../../domain/endpoint.ts';
import type { Message } from '../../../domain/message.ts';
import type { OperationalEvent } from '../../../domain/operational-event.ts';
import type { Removed, RetentionRequest } from '../../retention.ts';
import type {
  AcceptResult,
  ClaimRequest,
  ClaimResult,
  DeliveryChange,
  NewDelivery,
  NewMessage,
  RecordBatch,
  Recorded,
  ScheduledDelivery,
} from '../../storage.ts';
import { VERB } from './batch.ts';
import { Fields, flag, json, jsonOrNull, oneOf } from './fields.ts';
import type { Value, ValueReader } from './values.ts';

/**
 * The fields of each verb. The main thread encodes calls and decodes answers with the functions
 * here; the verbs of the writer read calls and write answers with the same `Fields`.
 */

const trigger = oneOf('scheduled', 'manual');
const deliveryState = oneOf<DeliveryState>('pending', 'delivered', 'exhausted', 'cancelled');

export const STATE = { pending: 0, delivered: 1, exhausted: 2, cancelled: 3 } as const;

/** Fields in the order of the columns of `message`. */
export const MESSAGE = new Fields<Message>({
  applicationId: null,
  id: null,
  organizationId: null,
  eventType: null,
  uid: null,
  channels: jsonOrNull(),
  createdAt: null,
  payload: null,
  contentType: null,
  deliverAt: null,
  expiresAt: null,
  tags: jsonOrNull(),
  headers: null,
});

export const NEW_DELIVERY = new Fields<Omit<NewDelivery, 'handedOver'>>({
  endpointId: null,
  dueAt: null,
});

/** Each message is followed by its trace, its key, its claimed endpoints and its deliveries. */
export function encodeMessages(out: Value[], messages: readonly NewMessage[]): void {
  out.push(VERB.accept, messages.length);
  for (const { message, claimed, deliveries, idempotencyKey, trace } of messages) {
    MESSAGE.encode(out, message);
    out.push(trace ?? null, idempotencyKey, claimed?.until ?? 0, claimed?.endpointIds.length ?? 0);
    if (claimed !== null) for (const endpointId of claimed.endpointIds) out.push(endpointId);
    NEW_DELIVERY.encodeList(out, deliveries);
  }
}

export interface Refusal {
  /** Index of the message in its call. */
  readonly index: number;
  readonly existingId: string;
  readonly by: 'uid' | 'idempotencyKey';
}

export const REFUSAL = new Fields<Refusal>({
  index: null,
  existingId: null,
  by: oneOf('uid', 'idempotencyKey'),
});

const ACCEPTED: AcceptResult = { accepted: true };

/** The reply holds only the refused messages; all others were accepted. */
export function decodeAcceptResults(
  reply: ValueReader,
  messages: readonly NewMessage[],
): AcceptResult[] {
  const results = messages.map((): AcceptResult => ACCEPTED);
  for (const { index, existingId, by } of REFUSAL.decodeList(reply)) {
    results[index] = { accepted: false, existingId, by };
  }
  return results;
}

export const CLAIM = new Fields<Omit<ClaimRequest, 'capacities'>>({
  now: null,
  until: null,
  limit: null,
  maxChars: null,
  defaultCapacity: null,
});

export function encodeClaim(out: Value[], request: ClaimRequest): void {
  out.push(VERB.claim);
  CLAIM.encode(out, request);
  out.push(request.capacities.size);
  for (const [endpointId, capacity] of request.capacities) out.push(endpointId, capacity);
}

export function decodeClaim(call: ValueReader): ClaimRequest {
  const request = CLAIM.decode(call);
  const capacities = new Map<string, number>();
  for (let left = call.number(); left > 0; left--) capacities.set(call.text(), call.number());
  return { ...request, capacities };
}

export const HANDOFF = new Fields<Omit<Handoff, 'claim'>>({
  messageId: null,
  endpointId: null,
  applicationId: null,
  payload: null,
  contentType: null,
  headers: null,
  trace: {
    encode: (trace) => trace ?? null,
    decode: (value) => (value as string | null) ?? undefined,
  },
  eventType: {
    encode: (eventType) => eventType ?? null,
    decode: (value) => (value as string | null) ?? undefined,
  },
  owedSince: {
    encode: (owedSince) => owedSince ?? null,
    decode: (value) => (value as number | null) ?? undefined,
  },
  attemptCount: null,
  scheduleStep: null,
  trigger,
});

export function decodeClaimResult(reply: ValueReader, owner: number, until: number): ClaimResult {
  const nextDueAt = reply.value() as number | null;
  const claim = { owner, until };
  const handoffs = HANDOFF.decodeList(reply).map((handoff) => ({ ...handoff, claim }));
  return { handoffs, nextDueAt };
}

/** Fields in the order of the columns of `attempt`. */
export const ATTEMPT = new Fields<Attempt>({
  messageId: null,
  id: null,
  endpointId: null,
  applicationId: null,
  number: null,
  trigger,
  url: null,
  startedAt: null,
  durationMs: null,
  succeeded: flag,
  failure: null,
  detail: null,
  statusCode: null,
  response: null,
  exchange: null,
});

/** The next state of the delivery after an attempt. */
export interface Transition {
  readonly claimOwner: number;
  readonly claimUntil: number;
  readonly state: DeliveryState;
  /** Both are zero unless the state is pending. */
  readonly dueAt: number;
  readonly scheduleStep: number;
}

export const TRANSITION = new Fields<Transition>({
  claimOwner: null,
  claimUntil: null,
  state: deliveryState,
  dueAt: null,
  scheduleStep: null,
});

export interface HeldClaim {
  readonly messageId: string;
  readonly endpointId: string;
  readonly claimOwner: number;
  readonly claimUntil: number;
}

const heldClaim = {
  messageId: null,
  endpointId: null,
  claimOwner: null,
  claimUntil: null,
};

export const RELEASE = new Fields<HeldClaim & { readonly dueAt: number }>({
  ...heldClaim,
  dueAt: null,
});

export interface HealthColumns {
  readonly endpointId: string;
  readonly endpointUpdatedAt: number;
  readonly setsFailingSince: boolean;
  readonly failingSince: number | null;
  readonly setsLastFailedAt: boolean;
  readonly lastFailedAt: number | null;
  readonly addFailed: number;
  readonly disabledAt: number | null;
  readonly disabledReason: EndpointDisabled['reason'] | null;
}

export const HEALTH = new Fields<HealthColumns>({
  endpointId: null,
  endpointUpdatedAt: null,
  setsFailingSince: flag,
  failingSince: null,
  setsLastFailedAt: flag,
  lastFailedAt: null,
  addFailed: null,
  disabledAt: null,
  disabledReason: null,
});

/** Fields in the order of the columns of `operational_event`. */
export const EVENT = new Fields<OperationalEvent>({
  id: null,
  type: { encode: (type) => type, decode: (value) => value as OperationalEvent['type'] },
  organizationId: null,
  applicationId: null,
  endpointId: null,
  createdAt: null,
  data: {
    encode: (data) => JSON.stringify(data),
    decode: (value) => JSON.parse(value as string) as OperationalEvent['data'],
  },
});

/**
 * Releases, then attempts, each followed by its transition, then changes of health, then the events
 * about the attempts.
 */
export function encodeRecordBatch(
  out: Value[],
  { records, health, releases, events = [] }: RecordBatch,
): void {
  out.push(VERB.record, releases.length);
  for (const { messageId, endpointId, claim, dueAt } of releases) {
    const { owner: claimOwner, until: claimUntil } = claim;
    RELEASE.encode(out, { messageId, endpointId, claimOwner, claimUntil, dueAt });
  }
  out.push(records.length);
  for (const { attempt, claim, next } of records) {
    ATTEMPT.encode(out, attempt);
    const { dueAt, scheduleStep } = next.state === 'pending' ? next : NOT_DUE;
    const { owner: claimOwner, until: claimUntil } = claim;
    TRANSITION.encode(out, { claimOwner, claimUntil, state: next.state, dueAt, scheduleStep });
  }
  out.push(health.length);
  for (const change of health) {
    const { endpointId, endpointUpdatedAt, failingSince, lastFailedAt, addFailed, disabled } =
      change;
    HEALTH.encode(out, {
      endpointId,
      endpointUpdatedAt,
      setsFailingSince: failingSince !== undefined,
      failingSince: failingSince ?? null,
      setsLastFailedAt: lastFailedAt !== undefined,
      lastFailedAt: lastFailedAt ?? null,
      addFailed: addFailed ?? 0,
      disabledAt: disabled?.at ?? null,
      disabledReason: disabled?.reason ?? null,
    });
  }
  EVENT.encodeList(out, events);
}

const NOT_DUE = { dueAt: 0, scheduleStep: 0 };

export const SCHEDULED = new Fields<ScheduledDelivery>({
  messageId: null,
  endpointId: null,
  applicationId: null,
  dueAt: null,
  trigger,
});

/** The delivery, then the queries that keep the answer; all take effect, or none. */
export function encodeSchedule(
  out: Value[],
  delivery: ScheduledDelivery,
  queries: readonly Query[],
): void {
  out.push(VERB.schedule);
  SCHEDULED.encode(out, delivery);
  pushQueries(out, queries);
}

/** As JSON: a task changes only some hundred deliveries at a time, so the shorter code is fast enough. */
export function encodeChange(
  out: Value[],
  change: DeliveryChange,
  queries: readonly Query[],
): void {
  out.push(VERB.changeDeliveries, JSON.stringify(change));
  pushQueries(out, queries);
}

export function decodeChange(call: ValueReader): DeliveryChange {
  return JSON.parse(call.text()) as DeliveryChange;
}

/** The answer when the task's cursor has moved. */
export const ELSEWHERE = -1;

export function encodeCancelOrphans(out: Value[], limit: number): void {
  out.push(VERB.cancelOrphans, limit);
}

export function encodeExpunge(
  out: Value[],
  applicationId: string,
  messageIds: readonly string[],
  queries: readonly Query[],
): void {
  out.push(VERB.expunge, applicationId, messageIds.length, ...messageIds);
  pushQueries(out, queries);
}

export function decodeExpunged(reply: ValueReader): {
  readonly kept: QueriesResult;
  readonly found: string[];
} {
  const kept = decodeQueriesResult(reply);
  return { kept, found: 'violated' in kept ? [] : (reply.take(reply.number()) as string[]) };
}

export function encodeCancelMessage(
  out: Value[],
  applicationId: string,
  messageId: string,
  queries: readonly Query[],
): void {
  out.push(VERB.cancelMessage, applicationId, messageId);
  pushQueries(out, queries);
}

export const RETENTION_REQUEST = new Fields<RetentionRequest>({
  now: null,
  payloadsBefore: null,
  attemptsBefore: null,
  messagesBefore: null,
  groups: json(),
  name: null,
  limit: null,
});

export function encodeRemoveExpired(out: Value[], request: RetentionRequest): void {
  out.push(VERB.removeExpired);
  RETENTION_REQUEST.encode(out, request);
}

export function decodeRemoved(reply: ValueReader): Removed {
  return { count: reply.number(), done: reply.number() === 1 };
}

export interface Query {
  readonly sql: string;
  readonly parameters: readonly Value[];
}

/**
 * The queries of one call of a repository, which are one transaction. When one of the first `required`
 * affects no row, nothing is written.
 */
export function encodeQueries(out: Value[], queries: readonly Query[], required: number): void {
  out.push(VERB.repository, required);
  pushQueries(out, queries);
}

function pushQueries(out: Value[], queries: readonly Query[]): void {
  out.push(queries.length);
  for (const { sql, parameters } of queries) out.push(sql, parameters.length, ...parameters);
}

export function decodeQueries(call: ValueReader): Query[] {
  return Array.from({ length: call.number() }, () => ({
    sql: call.text(),
    parameters: call.take(call.number()),
  }));
}

/** The writer's answer when a query violates a uniqueness: -1, then the reason. */
export const VIOLATED = -1;

/** The result of the queries that keep an answer, and, unless they failed, the number of changed deliveries. */
export function decodeChanged(reply: ValueReader): {
  readonly kept: QueriesResult;
  readonly changed: number | null;
} {
  const kept = decodeQueriesResult(reply);
  const changed = 'violated' in kept ? ELSEWHERE : reply.number();
  return { kept, changed: changed === ELSEWHERE ? null : changed };
}

export function decodeRecorded(reply: ValueReader): Recorded {
  const count = reply.number();
  return count === 0 ? NONE_DISABLED : { disabled: reply.take(count) as string[] };
}

const NONE_DISABLED: Recorded = { disabled: [] };

export type QueriesResult = { readonly affected: number[] } | { readonly violated: string };

/** How many rows each query affected. If there are fewer entries than queries, the last one failed as required. */
export function decodeQueriesResult(reply: ValueReader): QueriesResult {
  const count = reply.number();
  if (count === VIOLATED) return { violated: reply.text() };
  return { affected: Array.from({ length: count }, () => reply.number()) };
}
