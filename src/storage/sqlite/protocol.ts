import type { Attempt, AttemptFailure, AttemptTrigger } from '../../domain/attempt.ts';
import type { Handoff } from '../../domain/delivery.ts';
import type {
  AcceptResult,
  ClaimRequest,
  ClaimResult,
  NewMessage,
  RecordBatch,
  ScheduledDelivery,
} from '../storage.ts';
import type { ErrorCode } from '../../domain/errors.ts';

/**
 * What the main thread and the writer say to each other. A batch is one flat array of primitives:
 * structured clone copies it about three times faster than the objects that it stands for. Each
 * call is its verb followed by its fields; the reply holds the answers in the same order.
 *
 * Each `put…` has its `take…` beside it: the two must name the fields in the same order.
 */
export type Value = string | number | null;

/** One transaction's answers, or why there are none: then nothing of the batch was stored. */
export type BatchReply = readonly Value[] | Failure;

export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
}

/** What the writer says once, when it is open or can't be. */
export type WriterOpened = { readonly owner: number } | Failure;

export interface WriterSetup {
  readonly path: string;
  readonly migrate: boolean;
  readonly now: number;
  /** Not null: the writer died, and its successor goes on under the same number. */
  readonly owner: number | null;
}

/**
 * What the reader is told besides queries: the writer failed, and its file may be replaced, which
 * nobody may hold open then; or it works again, on the file that is there now.
 */
export type ReaderNotice = 'letGo' | 'takeUp';

export interface ReadRequest {
  readonly id: number;
  readonly sql: string;
  readonly parameters: readonly Value[];
}

export type ReadReply =
  | { readonly id: number; readonly rows: readonly unknown[] }
  | { readonly id: number; readonly failure: Failure };

export const VERB = {
  accept: 0,
  claim: 1,
  record: 2,
  renew: 3,
  schedule: 4,
  cancelOrphans: 5,
  write: 6,
} as const;

/** Reads a flat array from its beginning. */
export class Cursor {
  readonly #values: readonly Value[];
  #at = 0;

  constructor(values: readonly Value[]) {
    this.#values = values;
  }

  get done(): boolean {
    return this.#at >= this.#values.length;
  }

  value(): Value {
    return this.#values[this.#at++] as Value;
  }

  text(): string {
    return this.#values[this.#at++] as string;
  }

  number(): number {
    return this.#values[this.#at++] as number;
  }

  skip(count: number): void {
    this.#at += count;
  }
}

export function putMessages(out: Value[], messages: readonly NewMessage[]): void {
  out.push(VERB.accept, messages.length);
  for (const { message, claimed, deliveries, idempotencyKey } of messages) {
    out.push(
      message.applicationId,
      message.id,
      message.organizationId,
      message.eventType,
      message.uid,
      message.channels === null ? null : JSON.stringify(message.channels),
      message.createdAt,
      message.payload,
      idempotencyKey,
      claimed?.until ?? 0,
      deliveries.length,
      claimed?.endpointIds.length ?? 0,
    );
    if (claimed !== null) for (const endpointId of claimed.endpointIds) out.push(endpointId);
    for (const { endpointId, dueAt } of deliveries) out.push(endpointId, dueAt);
  }
}

export const REFUSED_BY = ['uid', 'idempotencyKey'] as const;

const ACCEPTED: AcceptResult = { accepted: true };

/** Only refusals travel: how many, then the place, existing id and reason of each. */
export function takeAcceptResults(reply: Cursor, messages: readonly NewMessage[]): AcceptResult[] {
  const results = messages.map((): AcceptResult => ACCEPTED);
  for (let left = reply.number(); left > 0; left--) {
    const place = reply.number();
    const existingId = reply.text();
    const by = reply.number() === 0 ? 'uid' : 'idempotencyKey';
    results[place] = { accepted: false, existingId, by };
  }
  return results;
}

export function putClaim(out: Value[], request: ClaimRequest): void {
  const { now, until, limit, maxBytes, defaultCapacity, capacities } = request;
  out.push(VERB.claim, now, until, limit, maxBytes, defaultCapacity, capacities.size);
  for (const [endpointId, capacity] of capacities) out.push(endpointId, capacity);
}

export function takeClaim(input: Cursor): ClaimRequest {
  const now = input.number();
  const until = input.number();
  const limit = input.number();
  const maxBytes = input.number();
  const defaultCapacity = input.number();
  const capacities = new Map<string, number>();
  for (let left = input.number(); left > 0; left--) capacities.set(input.text(), input.number());
  return { now, until, limit, maxBytes, defaultCapacity, capacities };
}

export function takeClaimResult(reply: Cursor, owner: number, until: number): ClaimResult {
  const nextDueAt = reply.value() as number | null;
  const claim = { owner, until };
  const handoffs: Handoff[] = [];
  for (let left = reply.number(); left > 0; left--) {
    handoffs.push({
      messageId: reply.text(),
      endpointId: reply.text(),
      applicationId: reply.text(),
      payload: reply.text(),
      attemptCount: reply.number(),
      scheduleStep: reply.number(),
      trigger: triggerOf(reply.number()),
      claim,
    });
  }
  return { handoffs, nextDueAt };
}

export const STATE = { pending: 0, delivered: 1, exhausted: 2, cancelled: 3 } as const;

export function putRecordBatch(out: Value[], { records, health, releases }: RecordBatch): void {
  out.push(VERB.record, releases.length);
  for (const { messageId, endpointId, claim, dueAt } of releases) {
    out.push(messageId, endpointId, claim.owner, claim.until, dueAt);
  }
  out.push(records.length);
  for (const { attempt, claim, next } of records) {
    putAttempt(out, attempt);
    out.push(claim.owner, claim.until, STATE[next.state]);
    if (next.state === 'pending') out.push(next.dueAt, next.scheduleStep);
  }
  out.push(health.length);
  for (const { endpointId, failingSince, addFailed, disabled } of health) {
    out.push(
      endpointId,
      failingSince === undefined ? 0 : 1,
      failingSince ?? null,
      addFailed ?? 0,
      disabled?.at ?? null,
      disabled?.reason ?? null,
    );
  }
}

function putAttempt(out: Value[], attempt: Attempt): void {
  out.push(
    attempt.messageId,
    attempt.id,
    attempt.endpointId,
    attempt.applicationId,
    attempt.number,
    triggerNumber(attempt.trigger),
    attempt.url,
    attempt.startedAt,
    attempt.durationMs,
    attempt.succeeded ? 1 : 0,
    attempt.failure satisfies AttemptFailure | null,
    attempt.detail,
    attempt.statusCode,
    attempt.response,
  );
}

export function putRenewals(out: Value[], handoffs: readonly Handoff[], until: number): void {
  out.push(VERB.renew, until, handoffs.length);
  for (const { messageId, endpointId, claim } of handoffs) {
    out.push(messageId, endpointId, claim.owner, claim.until);
  }
}

/** The places of the hand-offs whose claims still held. */
export function takeRenewals(
  reply: Cursor,
  handoffs: readonly Handoff[],
  owner: number,
  until: number,
): Handoff[] {
  const claim = { owner, until };
  const held: Handoff[] = [];
  for (let left = reply.number(); left > 0; left--) {
    const handoff = handoffs[reply.number()];
    if (handoff !== undefined) held.push({ ...handoff, claim });
  }
  return held;
}

export function putSchedule(out: Value[], delivery: ScheduledDelivery): void {
  out.push(
    VERB.schedule,
    delivery.messageId,
    delivery.endpointId,
    delivery.applicationId,
    triggerNumber(delivery.trigger),
    delivery.dueAt,
  );
}

/** Queries of a repository, and the endpoints that they touch (see `SqlBackend.write`). */
export function putWrite(
  out: Value[],
  queries: readonly { readonly sql: string; readonly parameters: readonly unknown[] }[],
  endpointId: string | null,
  applicationId: string | null,
): void {
  out.push(VERB.write, endpointId, applicationId, queries.length);
  for (const { sql, parameters } of queries) {
    out.push(sql, parameters.length, ...(parameters as readonly Value[]));
  }
}

export type WriteResult = { readonly affected: number[] } | { readonly conflict: string };

export function takeWriteResult(reply: Cursor): WriteResult {
  const count = reply.number();
  if (count < 0) return { conflict: reply.text() };
  return { affected: Array.from({ length: count }, () => reply.number()) };
}

export function triggerNumber(trigger: AttemptTrigger): number {
  return trigger === 'scheduled' ? 0 : 1;
}

export function triggerOf(number: number): AttemptTrigger {
  return number === 0 ? 'scheduled' : 'manual';
}
