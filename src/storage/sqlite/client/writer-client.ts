import type { Clock } from '../../../domain/clock.ts';
import { PosthasteError } from '../../../domain/errors.ts';
import { isFailure } from '../wire/batch.ts';
import type { BatchReply, Failure, WriterOpened, WriterSetup } from '../wire/batch.ts';
import type { ReaderNotice } from '../wire/queries.ts';
import type { Value, ValueReader } from '../wire/values.ts';
import { GroupCommit } from './group-commit.ts';
import type { WorkerEvents, WorkerHandle } from './worker-handle.ts';

export interface WriterClientOptions {
  readonly path: string;
  readonly migrate: boolean;
  readonly clock: Clock;
  readonly startThread: (setup: WriterSetup, events: WorkerEvents) => WorkerHandle;
  readonly notifyReaders: (notice: ReaderNotice) => void;
}

/** The main thread's side of the writer. A writer that dies is replaced when it is next needed. */
export class WriterClient {
  readonly #options: WriterClientOptions;
  readonly #commits = new GroupCommit((values) => this.#post(values));
  #thread: WorkerHandle | null = null;
  #owner: number | null = null;
  #failing = false;
  #onOpened: ((opened: WriterOpened) => void) | null = null;

  constructor(options: WriterClientOptions) {
    this.#options = options;
  }

  get owner(): number {
    return this.#owner ?? 0;
  }

  async start(): Promise<void> {
    const opened = await new Promise<WriterOpened>((resolve) => {
      this.#onOpened = resolve;
      this.#thread = this.#startThread();
    });
    if ('owner' in opened) {
      this.#owner = opened.owner;
      return;
    }
    await this.#thread?.close();
    this.#thread = null;
    throw new PosthasteError(opened.code, opened.message);
  }

  /** `chars` is the approximate length of the texts in the call. */
  call<T>(
    encode: (out: Value[]) => void,
    decode: (reply: ValueReader) => T,
    chars = 0,
  ): Promise<T> {
    return this.#commits.call(encode, decode, chars);
  }

  /** Like `call`, but `encode` is called when the batch of the call is sent. */
  callLate<T>(encode: (out: Value[]) => void, decode: (reply: ValueReader) => T): Promise<T> {
    return this.#commits.callLate(encode, decode);
  }

  /** Finishes earlier calls, then ends the thread. */
  async stop(): Promise<void> {
    await this.#commits.drained();
    await this.#thread?.close();
    this.#thread = null;
  }

  #post(values: readonly Value[]): void {
    this.#thread ??= this.#startThread();
    this.#thread.post(values);
  }

  #onReply(reply: BatchReply): void {
    const failing = isFailure(reply);
    if (failing !== this.#failing) {
      this.#options.notifyReaders(failing ? 'closeFile' : 'reopenFile');
    }
    this.#failing = failing;
    this.#commits.onReply(reply);
  }

  #startThread(): WorkerHandle {
    const { path, migrate, clock, startThread } = this.#options;
    const setup: WriterSetup = { path, migrate, now: clock.scheduleNow(), owner: this.#owner };
    let opened = false;
    return startThread(setup, {
      onMessage: (message) => {
        if (opened) return this.#onReply(message as BatchReply);
        // If a later thread can't open the file, its first batch reports that.
        opened = true;
        this.#onOpened?.(message as WriterOpened);
        this.#onOpened = null;
      },
      onLost: (reason) => {
        this.#thread = null;
        const failure: Failure = {
          code: 'storage_unavailable',
          message: `the writer thread ended unexpectedly: ${reason}`,
        };
        this.#onOpened?.(failure);
        this.#onOpened = null;
        this.#onReply(failure);
      },
    });
  }
}
