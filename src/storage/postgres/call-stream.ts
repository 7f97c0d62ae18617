import { PosthasteError } from '../../domain/errors.ts';
import { isConnectionFault, isTransient } from './postgres-errors.ts';

export interface CallStreamOptions<Call, Answer> {
  /** Runs the calls as one transaction, in their order, and returns an answer for each. Stores all or none. */
  readonly run: (calls: readonly Call[]) => Promise<readonly Answer[]>;
  /** The approximate size of a call, measured against `BATCH_SIZE`. */
  readonly sizeOf: (call: Call) => number;
}

interface Waiting<Call, Answer> {
  readonly open: () => Call;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

interface Opened<Call, Answer> {
  readonly call: Call;
  readonly waiting: Waiting<Call, Answer>;
}

/** Limits a transaction to some milliseconds, so that a call never waits long behind others. */
const BATCH_SIZE = 2_000;
const GATHER_TURNS = 8;
const TRIES = 3;

/**
 * Group commit: gathers calls while a batch is under way; at most one batch is under way. There are no
 * timers: a batch is sent when the previous one is answered, or, when none is under way, at the end of the
 * first turn of the event loop that brings no further call.
 *
 * `run` must be idempotent: a batch whose answer was lost with its connection is run once more.
 */
export class CallStream<Call, Answer> {
  readonly #options: CallStreamOptions<Call, Answer>;
  readonly #waiting: Waiting<Call, Answer>[] = [];
  #busy = false;
  #scheduled = false;
  #made = 0;
  #answered = 0;
  #barriers: { readonly upTo: number; readonly pass: () => void }[] = [];

  constructor(options: CallStreamOptions<Call, Answer>) {
    this.#options = options;
  }

  /** `open` is called once, when the batch of the call begins; when it throws, only this call rejects. */
  call(open: () => Call): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.#waiting.push({ open, resolve, reject });
    this.#made++;
    this.#soon();
    return promise;
  }

  /** Resolves when all calls that were made so far are answered. */
  async settled(): Promise<void> {
    if (this.#answered === this.#made) return;
    const upTo = this.#made;
    await new Promise<void>((pass) => this.#barriers.push({ upTo, pass }));
  }

  #soon(): void {
    if (this.#busy || this.#scheduled) return;
    this.#scheduled = true;
    this.#whenStill(GATHER_TURNS, this.#waiting.length);
  }

  #whenStill(turnsLeft: number, before: number): void {
    setImmediate(() => {
      const count = this.#waiting.length;
      if (count > before && turnsLeft > 1) return this.#whenStill(turnsLeft - 1, count);
      this.#scheduled = false;
      void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0) {
      const { batch, refused } = this.#take();
      if (batch.length > 0) await this.#runBatch(batch);
      // Reject refused calls after the calls before them are answered, because `settled` counts answers.
      for (const reject of refused) this.#answer(reject);
    }
    this.#busy = false;
  }

  #take(): { batch: Opened<Call, Answer>[]; refused: (() => void)[] } {
    const batch: Opened<Call, Answer>[] = [];
    const refused: (() => void)[] = [];
    let size = 0;
    let taken = 0;
    for (const waiting of this.#waiting) {
      if (size >= BATCH_SIZE) break;
      taken++;
      try {
        const call = waiting.open();
        size += this.#options.sizeOf(call);
        batch.push({ call, waiting });
      } catch (error) {
        refused.push(() => waiting.reject(error));
      }
    }
    this.#waiting.splice(0, taken);
    return { batch, refused };
  }

  async #runBatch(batch: readonly Opened<Call, Answer>[]): Promise<void> {
    try {
      const answers = await this.#tryToRun(batch.map(({ call }) => call));
      for (const [index, { waiting }] of batch.entries()) {
        // One answer for each call.
        this.#answer(() => waiting.resolve(answers[index] as Answer));
      }
    } catch (error) {
      const { code } = error as PosthasteError;
      // Run each call alone, to find the one that holds the rejected value.
      if (code === 'storage_rejected' && batch.length > 1) {
        for (const one of batch) await this.#runBatch([one]);
        return;
      }
      for (const { waiting } of batch) this.#answer(() => waiting.reject(error));
    }
  }

  async #tryToRun(calls: readonly Call[]): Promise<readonly Answer[]> {
    for (let left = TRIES - 1; ; left--) {
      try {
        return await this.#options.run(calls);
      } catch (error) {
        if (left === 0 || !(isTransient(error) || isLostAnswer(error))) throw error;
      }
    }
  }

  #answer(tell: () => void): void {
    tell();
    this.#answered++;
    if (this.#barriers.length === 0) return;
    const passed = this.#barriers.filter(({ upTo }) => upTo <= this.#answered);
    if (passed.length === 0) return;
    this.#barriers = this.#barriers.filter(({ upTo }) => upTo > this.#answered);
    for (const { pass } of passed) pass();
  }
}

/** Whether the connection broke while the batch was under way. A connection that was never made stored nothing. */
function isLostAnswer(error: unknown): boolean {
  const cause = error instanceof PosthasteError ? error.cause : error;
  if (!isConnectionFault(cause)) return false;
  const { code, message } = cause as Error & { code?: unknown };
  return (
    ['ECONNRESET', 'EPIPE', '57P01'].includes(String(code)) ||
    /terminated unexpectedly/.test(message)
  );
}
