import { PosthasteError } from '../../domain/errors.ts';
import { Cursor } from './protocol.ts';
import type { BatchReply, Value } from './protocol.ts';

/** Carries one batch to the writer; `onReply` of the group commit answers it. */
export type Post = (values: readonly Value[]) => void;

interface Batch {
  readonly values: Value[];
  readonly calls: Call[];
  /** Calls that are written into the batch when it leaves, behind the others. */
  readonly late: LateCall[];
  bytes: number;
}

interface Call {
  readonly take: (reply: Cursor) => unknown;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface LateCall extends Call {
  readonly put: (out: Value[]) => void;
}

// One transaction is kept to some milliseconds, so that a call never waits long behind others, and
// its copies on both sides to some megabytes.
const BATCH_VALUES = 32_768;
const BATCH_BYTES = 4 * 1024 * 1024;

// A larger batch costs each of its calls less; but nobody waits for more than some milliseconds.
const GATHER_TURNS = 8;
const ENOUGH_PART = 0.25;

/**
 * Gathers the calls that are made while a batch is with the writer. There is at most one batch with
 * the writer. When it answers, the next one leaves at once if it is not much smaller, so that the
 * writer works while this thread does what the answers lead to. Otherwise it leaves at the end of
 * the first turn of the event loop that brings no further call: soon when there is little to do.
 */
export class GroupCommit {
  readonly #post: Post;
  readonly #waiting: Batch[] = [];
  #posted: Batch | null = null;
  #scheduled = false;
  #drained: (() => void)[] = [];

  constructor(post: Post) {
    this.#post = post;
  }

  /**
   * `put` writes the call into the batch at once; `take` reads its answer when it is durable.
   * `bytes` is about how much text it carries.
   */
  call<T>(put: (out: Value[]) => void, take: (reply: Cursor) => T, bytes = 0): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    try {
      const batch = this.#gathering();
      putWhole(batch.values, put);
      batch.bytes += bytes;
      batch.calls.push({ take, resolve, reject });
      this.#postSoon();
    } catch (error) {
      reject(error);
    }
    // What `take` answers.
    return promise as Promise<T>;
  }

  /**
   * As `call`, but `put` is called when the batch leaves, so that what gathers until then goes along.
   * The call takes its place in the order of calls at that moment.
   */
  callLate<T>(put: (out: Value[]) => void, take: (reply: Cursor) => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#gathering().late.push({ put, take, resolve, reject });
    this.#postSoon();
    // What `take` answers.
    return promise as Promise<T>;
  }

  onReply(reply: BatchReply): void {
    const batch = this.#posted;
    if (batch === null) return;
    this.#posted = null;
    const gathered = this.#gathered();
    if (gathered >= batch.calls.length * ENOUGH_PART) this.#postNext();
    else this.#postSoon();
    if ('code' in reply) {
      for (const call of batch.calls) call.reject(new PosthasteError(reply.code, reply.message));
    } else {
      const cursor = new Cursor(reply);
      for (const call of batch.calls) call.resolve(call.take(cursor));
    }
    if (this.#idle()) for (const resolve of this.#drained.splice(0)) resolve();
  }

  /** Resolves when all that was called is answered. */
  async drained(): Promise<void> {
    if (this.#idle()) return;
    await new Promise<void>((resolve) => this.#drained.push(resolve));
  }

  #gathering(): Batch {
    const last = this.#waiting.at(-1);
    if (last !== undefined && last.values.length < BATCH_VALUES && last.bytes < BATCH_BYTES) {
      return last;
    }
    const batch: Batch = { values: [], calls: [], late: [], bytes: 0 };
    this.#waiting.push(batch);
    return batch;
  }

  #postSoon(): void {
    if (this.#posted !== null || this.#scheduled) return;
    this.#scheduled = true;
    this.#postWhenStill(GATHER_TURNS, this.#gathered());
  }

  #postWhenStill(turnsLeft: number, callsBefore: number): void {
    setImmediate(() => {
      const calls = this.#gathered();
      if (calls > callsBefore && turnsLeft > 1) return this.#postWhenStill(turnsLeft - 1, calls);
      this.#scheduled = false;
      this.#postNext();
    });
  }

  #gathered(): number {
    const [next] = this.#waiting;
    return next === undefined ? 0 : next.calls.length + next.late.length;
  }

  #postNext(): void {
    const next = this.#waiting.shift();
    if (next === undefined) return;
    putLate(next);
    if (next.calls.length === 0) return this.#postNext();
    this.#posted = next;
    this.#post(next.values);
  }

  #idle(): boolean {
    return this.#posted === null && this.#waiting.length === 0;
  }
}

function putLate({ values, calls, late }: Batch): void {
  for (const call of late) {
    try {
      putWhole(values, call.put);
      calls.push(call);
    } catch (error) {
      call.reject(error);
    }
  }
}

/** A call that can't be written down must leave the others of its batch readable. */
function putWhole(values: Value[], put: (out: Value[]) => void): void {
  const length = values.length;
  try {
    put(values);
  } catch (error) {
    values.length = length;
    throw error;
  }
}
