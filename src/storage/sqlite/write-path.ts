import type { Clock } from '../../domain/clock.ts';
import { PosthasteError } from '../../domain/errors.ts';
import { GroupCommit } from './group-commit.ts';
import type {
  BatchReply,
  Cursor,
  Failure,
  ReaderNotice,
  Value,
  WriterOpened,
  WriterSetup,
} from './protocol.ts';
import { startThread } from './thread.ts';
import type { Thread } from './thread.ts';

/** The main thread's side of the writer. A writer that dies is replaced when it is next needed. */
export class WritePath {
  readonly #setup: Pick<WriterSetup, 'path' | 'migrate'>;
  readonly #clock: Clock;
  readonly #tellReader: (notice: ReaderNotice) => void;
  readonly #commits = new GroupCommit((values) => this.#post(values));
  #thread: Thread | null = null;
  #owner: number | null = null;
  #failing = false;
  #onOpened: ((opened: WriterOpened) => void) | null = null;

  constructor(
    setup: Pick<WriterSetup, 'path' | 'migrate'>,
    clock: Clock,
    tellReader: (notice: ReaderNotice) => void,
  ) {
    this.#setup = setup;
    this.#clock = clock;
    this.#tellReader = tellReader;
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

  call<T>(put: (out: Value[]) => void, take: (reply: Cursor) => T, bytes = 0): Promise<T> {
    return this.#commits.call(put, take, bytes);
  }

  /** `put` is called when the batch of the call leaves. */
  callLate<T>(put: (out: Value[]) => void, take: (reply: Cursor) => T): Promise<T> {
    return this.#commits.callLate(put, take);
  }

  /** Finishes what was called before, then ends. */
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
    const failing = 'code' in reply;
    if (failing !== this.#failing) this.#tellReader(failing ? 'letGo' : 'takeUp');
    this.#failing = failing;
    this.#commits.onReply(reply);
  }

  #startThread(): Thread {
    const setup: WriterSetup = { ...this.#setup, now: this.#clock.now(), owner: this.#owner };
    let opened = false;
    return startThread('writer', setup, {
      onMessage: (message) => {
        if (opened) return this.#onReply(message as BatchReply);
        // A successor's failure to open comes back with its first batch.
        opened = true;
        this.#onOpened?.(message as WriterOpened);
        this.#onOpened = null;
      },
      onLost: (reason) => {
        this.#thread = null;
        const failure: Failure = {
          code: 'storage_unavailable',
          message: `the writing thread was lost: ${reason}`,
        };
        this.#onOpened?.(failure);
        this.#onOpened = null;
        this.#onReply(failure);
      },
    });
  }
}
