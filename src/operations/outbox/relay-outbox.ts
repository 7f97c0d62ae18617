import type { Application } from '../../domain/application.ts';
import type { Handoff } from '../../domain/delivery.ts';
import type { Endpoint } from '../../domain/endpoint.ts';
import { PosthasteError } from '../../domain/errors.ts';
import { contentChars } from '../../domain/message.ts';
import type { Outbox, OutboxDecision, OutboxRefusal, OutboxRow } from '../../storage/storage.ts';
import { requireVisible } from '../access.ts';
import type { Context } from '../context.ts';
import { isName } from '../fields.ts';
import { fanOut } from '../messages/fan-out.ts';
import { lifetimesOf } from '../messages/lifetimes.ts';
import { type ReadMessage, readMessage } from '../messages/read-message.ts';
import type { OutboxOperations, Relayed, TraceOf } from './outbox-operations.ts';

/** Most rows of a batch; a commit of this many takes some milliseconds. */
const BATCH_ROWS = 500;
/** Most messages and deliveries of a batch; a batch has at least one message, however many deliveries it has. */
const BATCH_ENTRIES = 4_000;

/** `OutboxOperations.relay`. */
export function createOutboxRelay(context: Context): OutboxOperations['relay'] {
  const { endpointCache, intake, clock, maxPayloadChars, payloadRules } = context;

  return async (outbox, traceOf = noTrace) => {
    try {
      return await relayFirst(outbox, traceOf, BATCH_ROWS);
    } catch (error) {
      if (!isRejected(error)) throw error;
    }
    return relayOneAlone(outbox, traceOf);
  };

  /** After `storage_rejected`: relays rows one by one, to find the row whose value can't be written. */
  async function relayOneAlone(outbox: Outbox, traceOf: TraceOf): Promise<Relayed | null> {
    let first: string | undefined;
    try {
      return await relayFirst(outbox, traceOf, 1, (row) => {
        first = row.messageId;
        return null;
      });
    } catch (error) {
      if (!isRejected(error)) throw error;
      // Another process may have taken the row meanwhile.
      return relayFirst(outbox, traceOf, 1, (row) =>
        row.messageId === first ? refusalOf(error) : null,
      );
    }
  }

  async function relayFirst(
    outbox: Outbox,
    traceOf: TraceOf,
    limit: number,
    refusalBefore: (row: OutboxRow) => OutboxRefusal | null = () => null,
  ): Promise<Relayed | null> {
    let rows: readonly OutboxRow[] = [];
    let batch: readonly DecidedRow[] = [];
    const dueAt = clock.scheduleNow();
    const outcomes = await outbox
      .relay({ limit, maxPayloadChars }, async (found) => {
        const read = await Promise.all(
          found.map(async (row) => refusalBefore(row) ?? readRow(row)),
        );
        batch = decideBatch(found, read, dueAt, traceOf);
        rows = found;
        return batch.map(({ decision }) => decision);
      })
      .catch((error: unknown) => {
        for (const { handoffs } of batch) cancel(handoffs);
        throw error;
      });
    if (outcomes === null) return null;

    const refused: Relayed['refused'][number][] = [];
    const accepted: Handoff[] = [];
    const sent: Handoff[] = [];
    for (const [index, outcome] of outcomes.entries()) {
      const row = rows[index];
      const decided = batch[index];
      if (row === undefined || decided === undefined) continue;
      const { decision, handoffs } = decided;
      if (outcome.kind === 'accepted') {
        if ('accept' in decision) context.countAccepted(decision.accept.message);
        accepted.push(...handoffs);
        sent.push(...decided.sent);
      } else cancel(handoffs);
      if (outcome.kind === 'refused') refused.push({ row, refusal: outcome.refusal });
    }
    if (accepted.length > 0) intake.handOver(accepted);
    if (sent.length > 0) intake.send(sent);
    if (outcomes.length > 0) intake.wake(dueAt);
    return { rowCount: outcomes.length, refused };
  }

  /** Rejects with errors that may be temporary; every other error refuses the row. */
  async function readRow(row: OutboxRow): Promise<FoundRow | OutboxRefusal> {
    try {
      if (row.payload === null) throw tooLarge(row, maxPayloadChars);
      const { fields, payload, contentType, headers } = readMessage(
        inputOf(row),
        row.contentType === null ? (row.payload ?? '') : undefined,
        maxPayloadChars,
      );
      const { organizationId } = row;
      const application = requireVisible(
        { organizationId },
        row.application,
        isName(row.application)
          ? await endpointCache.application(organizationId, row.application)
          : null,
      );
      const { eventType } = fields;
      await payloadRules.check(application, { eventType, payload, contentType });
      const endpoints = await endpointCache.endpoints(application.id);
      return { fields, payload, contentType, headers, application, endpoints };
    } catch (error) {
      if (!(error instanceof PosthasteError) || error.retryable) throw error;
      return refusalOf(error);
    }
  }

  function decideBatch(
    rows: readonly OutboxRow[],
    read: readonly (FoundRow | OutboxRefusal)[],
    dueAt: number,
    traceOf: TraceOf,
  ): DecidedRow[] {
    const batch: DecidedRow[] = [];
    let entries = 0;
    for (const [index, row] of rows.entries()) {
      const found = read[index];
      if (found === undefined || entries >= BATCH_ENTRIES) break;
      const trace = traceOf(row);
      if ('reason' in found) {
        batch.push({ decision: { refuse: found }, handoffs: [], sent: [] });
        continue;
      }
      const message = messageOf(row, found);
      const { claimed, deliveries, handoffs, sent } = fanOut(
        context,
        message,
        found.endpoints,
        dueAt,
        trace,
      );
      entries += 1 + handoffs.length + deliveries.length;
      const accept = { message, claimed, deliveries, idempotencyKey: null, trace };
      batch.push({ decision: { accept }, handoffs, sent });
    }
    return batch;
  }

  function cancel(handoffs: readonly Handoff[]): void {
    for (const handoff of handoffs) intake.cancel(handoff.endpointId, contentChars(handoff));
  }
}

const noTrace: TraceOf = () => undefined;

interface DecidedRow {
  readonly decision: OutboxDecision;
  readonly handoffs: readonly Handoff[];
  readonly sent: readonly Handoff[];
}

interface FoundRow extends ReadMessage {
  readonly application: Application;
  readonly endpoints: readonly Endpoint[];
}

function messageOf(row: OutboxRow, found: FoundRow) {
  const { application, fields, payload, contentType, headers } = found;
  return {
    id: row.messageId,
    organizationId: application.organizationId,
    applicationId: application.id,
    eventType: fields.eventType,
    uid: fields.eventId ?? null,
    channels: fields.channels ?? null,
    tags: null,
    payload,
    contentType,
    headers,
    createdAt: row.sentAt,
    ...lifetimesOf(fields, application, row.sentAt),
  };
}

function inputOf({
  eventType,
  eventId,
  channels,
  contentType,
  headers,
  payload,
}: OutboxRow): unknown {
  const input = {
    eventType,
    eventId,
    channels,
    headers: headers && (JSON.parse(headers) as unknown),
  };
  return contentType === null ? input : { ...input, rawPayload: payload, contentType };
}

function tooLarge({ payloadBytes }: OutboxRow, maxChars: number): PosthasteError {
  return new PosthasteError(
    'payload_too_large',
    `The payload has ${payloadBytes} bytes; at most ${maxChars} characters are accepted`,
  );
}

function isRejected(error: unknown): error is PosthasteError {
  return error instanceof PosthasteError && error.code === 'storage_rejected';
}

function refusalOf({ code, message }: PosthasteError): OutboxRefusal {
  return { code, reason: message };
}
