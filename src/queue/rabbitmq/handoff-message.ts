import type { Handoff } from '../../domain/delivery.ts';

/** Parses the JSON text of a hand-off. Undefined: the text is no hand-off. */
export function readHandoff(value: unknown): Handoff | undefined {
  if (!isRecord(value) || !isRecord(value['claim'])) return undefined;
  const { messageId, endpointId, applicationId, payload, trigger } = value;
  // Hand-offs of processes before raw texts have none.
  const contentType = value['contentType'] ?? null;
  const { attemptCount, scheduleStep, claim } = value;
  const { owner, until } = claim;
  if (typeof messageId !== 'string' || typeof endpointId !== 'string') return undefined;
  if (typeof applicationId !== 'string' || typeof payload !== 'string') return undefined;
  if (contentType !== null && typeof contentType !== 'string') return undefined;
  if (trigger !== 'scheduled' && trigger !== 'manual') return undefined;
  if (!isCount(attemptCount) || !isCount(scheduleStep)) return undefined;
  if (!isCount(owner) || !isCount(until)) return undefined;
  return {
    messageId,
    endpointId,
    applicationId,
    payload,
    contentType,
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
