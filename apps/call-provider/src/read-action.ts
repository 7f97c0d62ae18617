import type { ApiError } from '@posthaste/app-kit/api-error';

/** A customer's choice for a call that is in standby: the extension that takes it. */
export interface Delegation {
  readonly callId: string;
  readonly destination: string;
}

/** The action in a request's body, or everything that is wrong with it. */
export function readAction(body: unknown): Delegation | readonly ApiError[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return [{ errorCode: 'INVALID_BODY', message: 'an action is a JSON object' }];
  }
  const { type, call_id: callId, destination } = body as Record<string, unknown>;
  const errors: ApiError[] = [];
  if (type !== 'delegate') {
    errors.push({ errorCode: 'INVALID_TYPE', message: 'type must be "delegate"' });
  }
  if (!isText(callId)) {
    errors.push({ errorCode: 'INVALID_CALL_ID', message: 'call_id must be that of an event' });
  }
  if (!isText(destination)) {
    const message = 'destination must be a text of 1 to 255 characters, such as "900"';
    errors.push({ errorCode: 'INVALID_DESTINATION', message });
  }
  return errors.length > 0 ? errors : ({ callId, destination } as Delegation);
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= 255;
}
