import { z } from 'zod';
import { COMPLETED, WAITING } from './call-store.ts';
import type { Call, CallStore } from './call-store.ts';
import type { ApiError } from '@posthaste/app-kit/api-error';

/**
 * An event of the provider, in either of two forms: the simple one, `{type, contactNumber}`, or an event
 * of the life cycle of a call, `{type, call_id, their_number, …}`.
 *
 * - `call.standby`: a call has come. It is stored and waits for an agent; one with a `call_id` is
 *   also delegated, which the provider awaits for 10 s.
 * - `call.finished`: the caller has hung up, so the call is completed, even if it still waits.
 *
 * All other types are accepted and ignored: our agents decide when a call becomes active.
 */
export interface CallEvent {
  readonly type: string;
  readonly number: string | null;
  readonly providerCallId: string | null;
}

/** How long the provider waits for a delegation. */
export const DELEGATION_MS = 10_000;
const NUMBER_LENGTH = 14;

/** The event in a request's body, or everything that is wrong with it. */
export function readCallEvent(payload: string): CallEvent | readonly ApiError[] {
  let json: unknown;
  try {
    json = JSON.parse(payload);
  } catch {
    return [{ errorCode: 'INVALID_JSON', message: 'the body must be JSON' }];
  }
  const object = z.record(z.string(), z.unknown()).safeParse(json);
  if (!object.success)
    return [{ errorCode: 'INVALID_EVENT', message: 'an event must be a JSON object' }];

  const { type, contactNumber, their_number: theirNumber, call_id: callId } = object.data;
  const errors: ApiError[] = [];
  if (typeof type !== 'string' || type === '') {
    errors.push({ errorCode: 'INVALID_TYPE', message: 'type must be a text' });
  }
  const actsOn = type === 'call.standby' || type === 'call.finished';
  // An event of another type is ignored, so its number need not be valid.
  const number = contactNumber ?? (actsOn ? theirNumber : undefined);
  if ((number !== undefined || type === 'call.standby') && !isNumber(number)) {
    const message = `the contact number must be ${NUMBER_LENGTH} characters`;
    errors.push({ errorCode: 'INVALID_CONTACT_NUMBER', message });
  }
  if (actsOn && (callId ?? undefined) !== undefined && !isCallId(callId)) {
    const message = 'call_id must be a number, or a text of 1 to 255 characters';
    errors.push({ errorCode: 'INVALID_CALL_ID', message });
  }
  if (errors.length > 0) return errors;
  return {
    type: String(type),
    number: isNumber(number) ? number : null,
    providerCallId: isCallId(callId) ? String(callId) : null,
  };
}

/** Changes the store as the event says, and returns the call that it changed. May be repeated. */
export function applyCallEvent(
  { type, number, providerCallId }: CallEvent,
  receivedAt: number,
  calls: CallStore,
  now: number,
): Call | null {
  if (type === 'call.standby' && number !== null) {
    const delegateUntil = providerCallId === null ? null : receivedAt + DELEGATION_MS;
    return calls.add({ number, providerCallId, status: WAITING, delegateUntil }, now);
  }
  if (type === 'call.finished' && providerCallId !== null) {
    const finished = calls.finish(providerCallId, now);
    if (finished !== null || number === null) return finished;
    // This event overtook its call.standby, which will find the call completed and leave it so.
    return calls.add({ number, providerCallId, status: COMPLETED, delegateUntil: null }, now);
  }
  return null;
}

function isNumber(value: unknown): value is string {
  return typeof value === 'string' && value.length === NUMBER_LENGTH;
}

function isCallId(value: unknown): value is string | number {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  return typeof value === 'string' && value.length > 0 && value.length <= 255;
}
