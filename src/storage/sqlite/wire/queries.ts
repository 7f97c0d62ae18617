import type { Failure } from './batch.ts';
import type { Value } from './values.ts';

/** A query for a reader. */
export interface ReadRequest {
  readonly sql: string;
  readonly parameters: readonly Value[];
}

/** Replies come in the order of the requests. */
export type ReadReply = { readonly rows: readonly unknown[] } | Failure;

/**
 * Messages to a reader besides queries. `closeFile`: the writer failed, and its file may be
 * replaced, so no reader may hold it open. `reopenFile`: the writer is back, perhaps on another file.
 */
export type ReaderNotice = 'closeFile' | 'reopenFile';
