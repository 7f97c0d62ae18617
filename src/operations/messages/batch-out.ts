import type { FieldError } from '../../domain/errors.ts';
import { fieldErrorOut } from './message-out.ts';
import type { BatchResult } from './message-operations.ts';

/** The result of one message of a batch; `status` is the status code that a single publish would have got. */
export type BatchResultOut =
  | {
      status: 202;
      id: string;
      eventId: string | null;
      timestamp: string;
      warnings?: readonly FieldError[];
    }
  | { status: number; code: string; detail: string | readonly FieldError[] };

export interface MessageBatchOut {
  /** In the order of the messages. */
  results: BatchResultOut[];
}

export function toBatchOut(results: readonly BatchResult[]): MessageBatchOut {
  return { results: results.map(resultOut) };
}

function resultOut(result: BatchResult): BatchResultOut {
  if ('message' in result) {
    const { id, uid, createdAt, warnings } = result.message;
    const timestamp = new Date(createdAt).toISOString();
    const warned = warnings && { warnings: warnings.map(fieldErrorOut) };
    return { status: 202, id, eventId: uid, timestamp, ...warned };
  }
  const { status, code, fieldErrors, message } = result.error;
  return {
    status,
    code,
    detail: fieldErrors.length > 0 ? fieldErrors.map(fieldErrorOut) : message,
  };
}
