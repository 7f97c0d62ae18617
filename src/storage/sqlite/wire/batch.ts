import type { ErrorCode } from '../../../domain/errors.ts';
import type { Value } from './values.ts';

/**
 * A batch is what the main thread sends to the writer: the calls of one group commit in one flat
 * array. Each call is the number of its values, its verb and the fields of the verb (`calls.ts`).
 * The length lets the writer find the next call when one fails half read.
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
 * - `parts`: a call failed by itself, and the others were committed without it. Every call of the
 *   batch is in one of the parts, in the order of the calls.
 */
export type BatchReply = Answer | { readonly parts: readonly BatchPart[] };

export type Answer = readonly Value[] | Failure;

export interface BatchPart {
  /** Of calls. */
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

/** Writes one call. When `encode` throws, the batch is as it was before. */
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

/** Where each call of a batch begins, and at last where the batch ends. */
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
  /** Not null: the writer died, and its successor goes on under the same number. */
  readonly owner: number | null;
}

/** What the writer says once, when it is open or can't be. */
export type WriterOpened = { readonly owner: number } | Failure;
