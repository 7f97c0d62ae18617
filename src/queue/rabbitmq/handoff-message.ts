import type { Handoff } from '../../domain/delivery.ts';
import { contentChars } from '../../domain/message.ts';

/**
 * Most hand-offs in one message of the broker. So a commit of many messages needs one or two messages of the broker,
 * whose cost is per message, and the prefetch still bounds what arrives.
 */
export const BATCH_COUNT = 64;
const BATCH_CHARS = 256 * 1024;

/** Divides hand-offs into batches, in order. A large hand-off is a batch of its own. */
export function* batchesOf(handoffs: readonly Handoff[]): Generator<readonly Handoff[]> {
  let from = 0;
  let chars = 0;
  for (const [index, handoff] of handoffs.entries()) {
    const its = contentChars(handoff);
    const isFull = index - from >= BATCH_COUNT || chars + its > BATCH_CHARS;
    if (isFull && index > from) {
      yield handoffs.slice(from, index);
      from = index;
      chars = 0;
    }
    chars += its;
  }
  if (from < handoffs.length) yield handoffs.slice(from);
}

/** Parses the body of a message. Undefined: not a list of hand-offs. */
export function readHandoffs(value: unknown): Handoff[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const handoffs = value.flatMap((one: unknown) => readHandoff(one) ?? []);
  return handoffs.length === value.length ? handoffs : undefined;
}

/** Parses a hand-off. Undefined: the value is not a hand-off. */
export function readHandoff(value: unknown): Handoff | undefined {
  if (!isRecord(value) || !isRecord(value['claim'])) return undefined;
  const { messageId, endpointId, applicationId, payload, trigger } = value;
  // Hand-offs from processes of earlier versions have no `contentType` and no `headers`.
  const contentType = value['contentType'] ?? null;
  const headers = value['headers'] ?? null;
  const { attemptCount, scheduleStep, claim, trace, eventType, owedSince } = value;
  const { owner, until } = claim;
  if (typeof messageId !== 'string' || typeof endpointId !== 'string') return undefined;
  if (typeof applicationId !== 'string' || typeof payload !== 'string') return undefined;
  if (contentType !== null && typeof contentType !== 'string') return undefined;
  if (headers !== null && typeof headers !== 'string') return undefined;
  if (trace !== undefined && typeof trace !== 'string') return undefined;
  if (eventType !== undefined && typeof eventType !== 'string') return undefined;
  if (owedSince !== undefined && !isCount(owedSince)) return undefined;
  if (trigger !== 'scheduled' && trigger !== 'manual') return undefined;
  if (!isCount(attemptCount) || !isCount(scheduleStep)) return undefined;
  if (!isCount(owner) || !isCount(until)) return undefined;
  return {
    messageId,
    endpointId,
    applicationId,
    payload,
    contentType,
    headers,
    trace,
    eventType,
    owedSince,
    attemptCount,
    scheduleStep,
    trigger,
    claim: { owner, until },
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
