import type { Call } from './call-store.ts';

/** A call as the API shows it. */
export function showCall({ callId, number, status, createdAt, updatedAt, extension }: Call) {
  return {
    callId,
    number,
    status,
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
    extension,
  };
}
