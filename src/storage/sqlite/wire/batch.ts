import type { ErrorCode } from '../../../domain/errors.ts';
import type { Value } from './values.ts';

/**
 * A batch is what the main thread sends to the writer: the calls of one group commit in one flat
 * array. Each call is the number of its values, its verb and the fields of the verb (`calls.ts`).
 * The length lets the writer find the next call when a call fails before it was read completely.
 */
export const VERB = {
  accept: 0,
  claim: 1,
  record: 2,
  schedule: 3,
  cancelOrphans: 4,
  repository: 5,
  expunge: 6,
  changeDeliveries: 7,
  cancelMessage: 8,
  removeExpired: 9,
} as const;

/**
 * The answers to one batch:
 *
 * - an array: the batch was one transaction; the answers of all calls in their order;
 * - a failure: nothing of the batch was stored;
 * - `parts`: one call failed, and the others were committed without it. Every call of the
 *   batch is in one of the parts, in the order of the calls.
 */
export type BatchReply = Answer | { readonly parts: readonly BatchPart[] };

export type Answer = readonly Value[] | Failure;

export interface BatchPart {
  /** The number of calls. */
  readonly count: number;
  readonly answer: Answer;
}

/** An error that can travel between threads. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
}

export function isFailure(reply: BatchReply): reply is Failure {
  return 'code' in reply;
}

/** Writes one call. When `encode` throws, the batch stays unchanged. */
export function writeCall(values: Value[], encode: (out: Value[]) => void): void {
  const start = values.length;
  try {
    values.push(0);
    encode(values);
    values[start] = values.length - start - 1;
  } catch (error) {
    values.length = start;
    throw error;
  }
}

/** The index at which each call of a batch begins, and the index at which the batch ends. */
export function callStarts(values: readonly Value[]): number[] {
  const starts: number[] = [];
  let at = 0;
  while (at < values.length) {
    starts.push(at);
    at += 1 + (values[at] as number);
  }
  starts.push(at);
  return starts;
}

export interface WriterSetup {
  readonly path: string;
  readonly migrate: boolean;
  readonly now: number;
  /** Null at a start. Otherwise the writer died, and its successor continues under this owner number. */
  readonly owner: number | null;
}

/** The writer's first message: it has opened the database, or can't. */
export type WriterOpened = { readonly owner: number } | Failure;
