import { PosthasteError } from '../../domain/errors.ts';
import type { ReaderNotice, ReadReply, Value } from './protocol.ts';
import { startThread } from './thread.ts';
import type { Thread } from './thread.ts';

interface Pending {
  readonly resolve: (rows: readonly unknown[]) => void;
  readonly reject: (error: PosthasteError) => void;
}

/** The main thread's side of the reader: each query sees all that was committed before it. */
export class ReadPath {
  readonly #path: string;
  readonly #pending = new Map<number, Pending>();
  #thread: Thread | null = null;
  #lastId = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Starts the thread ahead of the first query. */
  start(): void {
    this.#thread ??= startThread('reader', this.#path, {
      onMessage: (message) => this.#onReply(message as ReadReply),
      onLost: (reason) => this.#onLost(reason),
    });
  }

  query(sql: string, parameters: readonly Value[]): Promise<readonly unknown[]> {
    return new Promise((resolve, reject) => {
      this.start();
      const id = ++this.#lastId;
      this.#pending.set(id, { resolve, reject });
      this.#thread?.post({ id, sql, parameters });
    });
  }

  tell(notice: ReaderNotice): void {
    this.#thread?.post(notice);
  }

  /** Answers what was asked before, then ends. */
  async stop(): Promise<void> {
    await this.#thread?.close();
    this.#thread = null;
  }

  #onReply(reply: ReadReply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if ('rows' in reply) pending?.resolve(reply.rows);
    else pending?.reject(new PosthasteError(reply.failure.code, reply.failure.message));
  }

  #onLost(reason: string): void {
    this.#thread = null;
    const lost = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of lost) {
      reject(new PosthasteError('storage_unavailable', `the reading thread was lost: ${reason}`));
    }
  }
}
