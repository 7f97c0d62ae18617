import { PosthasteError } from '../../../domain/errors.ts';
import { isFailure, writeCall } from '../wire/batch.ts';
import type { Answer, BatchReply } from '../wire/batch.ts';
import { ValueReader } from '../wire/values.ts';
import type { Value } from '../wire/values.ts';

/** Sends one batch to the writer. The reply must be passed to `onReply` of the group commit. */
export type Post = (values: readonly Value[]) => void;

interface Batch {
  readonly values: Value[];
  readonly calls: Call[];
  /** Calls that are encoded when the batch is sent, after the others. */
  readonly late: LateCall[];
  chars: number;
}

interface Call {
  readonly decode: (reply: ValueReader) => unknown;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface LateCall extends Call {
  readonly encode: (out: Value[]) => void;
}

// Limits a transaction to some milliseconds, so that a call never waits long behind others, and its copies on
// both sides to some megabytes. Late calls come on top, within the bounds of the contract.
const BATCH_VALUES = 32_768;
const BATCH_CHARS = 4 * 1024 * 1024;

// Gathering longer makes each call cheaper; this bound keeps the wait to some milliseconds.
const GATHER_TURNS = 8;
const ENOUGH_PART = 0.25;

/**
 * Gathers the calls that are made while a batch is with the writer. There is at most one batch with
 * the writer. On a reply, the next batch leaves at once if it has at least a quarter as many calls as
 * the last one: the writer then works while this thread handles the answers. Otherwise it leaves at
 * the end of the first turn of the event loop that brings no further call: soon when there is little
 * to do.
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
   * `encode` writes the call into the batch at once; `decode` reads its answer when it is durable.
   * `chars` is the approximate length of the texts in the call.
   */
  call<T>(
    encode: (out: Value[]) => void,
    decode: (reply: ValueReader) => T,
    chars = 0,
  ): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    try {
      const batch = this.#gathering();
      writeCall(batch.values, encode);
      batch.chars += chars;
      batch.calls.push({ decode, resolve, reject });
      this.#postSoon();
    } catch (error) {
      reject(error);
    }
    // Resolved with the result of `decode`.
    return promise as Promise<T>;
  }

  /**
   * Like `call`, but `encode` is called when the batch is sent, so that the call includes what its caller has
   * gathered by then. The call gets its position in the order of calls at that moment.
   */
  callLate<T>(encode: (out: Value[]) => void, decode: (reply: ValueReader) => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#gathering().late.push({ encode, decode, resolve, reject });
    this.#postSoon();
    // Resolved with the result of `decode`.
    return promise as Promise<T>;
  }

  onReply(reply: BatchReply): void {
    const batch = this.#posted;
    if (batch === null) return;
    this.#posted = null;
    if (this.#gathered() >= batch.calls.length * ENOUGH_PART) this.#postNext();
    else this.#postSoon();
    answerAll(batch.calls, reply);
    if (this.#idle()) for (const resolve of this.#drained.splice(0)) resolve();
  }

  /** Resolves when all earlier calls are answered. */
  async drained(): Promise<void> {
    if (this.#idle()) return;
    await new Promise<void>((resolve) => this.#drained.push(resolve));
  }

  #gathering(): Batch {
    const last = this.#waiting.at(-1);
    if (last !== undefined && last.values.length < BATCH_VALUES && last.chars < BATCH_CHARS) {
      return last;
    }
    const batch: Batch = { values: [], calls: [], late: [], chars: 0 };
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
    if (next === undefined) {
      if (this.#idle()) for (const resolve of this.#drained.splice(0)) resolve();
      return;
    }
    // Set this before the late calls are encoded: one of them may make another call, which must wait.
    this.#posted = next;
    writeLateCalls(next);
    if (next.calls.length > 0) return this.#post(next.values);
    this.#posted = null;
    this.#postNext();
  }

  #idle(): boolean {
    return this.#posted === null && this.#waiting.length === 0;
  }
}

function writeLateCalls({ values, calls, late }: Batch): void {
  for (const call of late) {
    try {
      writeCall(values, call.encode);
      calls.push(call);
    } catch (error) {
      call.reject(error);
    }
  }
}

function answerAll(calls: readonly Call[], reply: BatchReply): void {
  if (!('parts' in reply)) return answer(calls, reply);
  let from = 0;
  for (const part of reply.parts) {
    answer(calls.slice(from, from + part.count), part.answer);
    from += part.count;
  }
}

function answer(calls: readonly Call[], given: Answer): void {
  if (isFailure(given)) {
    for (const call of calls) call.reject(new PosthasteError(given.code, given.message));
    return;
  }
  const reader = new ValueReader(given);
  for (const call of calls) call.resolve(call.decode(reader));
}
