/* oxlint-disable unicorn/require-post-message-target-origin -- threads have no origin */
import { Worker } from 'node:worker_threads';

// A thread in the middle of an fsync can't be hurried, but a stuck one must not hold up the exit.
const CLOSE_WITHIN_MS = 10_000;
const YOUNG_GENERATION_MB = 16;

export interface Thread {
  post(message: unknown): void;
  /** Lets it finish and close its connection. */
  close(): Promise<void>;
}

export interface ThreadEvents {
  readonly onMessage: (message: unknown) => void;
  /** It ended without being asked to. */
  readonly onLost: (reason: string) => void;
}

/** Starts `writer` or `reader` of this folder, from the sources or as built. */
export function startThread(
  entry: 'writer' | 'reader',
  workerData: unknown,
  { onMessage, onLost }: ThreadEvents,
): Thread {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./${entry}.${extension}`, import.meta.url), {
    workerData,
    // Not the program's: `node -e` or a loader is nothing for these threads.
    execArgv: [],
    // A batch is short-lived and a few megabytes at most; more room would only be filled with garbage.
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    name: `posthaste-${entry}`,
  });
  let ended = false;
  let closing: (() => void) | null = null;
  let reason = 'it ended';
  worker.on('message', onMessage);
  worker.on('error', (error) => {
    reason = error instanceof Error ? error.message : String(error);
  });
  worker.on('exit', () => {
    ended = true;
    if (closing === null) onLost(reason);
    else closing();
  });

  return {
    post: (message) => worker.postMessage(message),
    async close() {
      if (ended) return;
      const exited = new Promise<void>((resolve) => {
        closing = resolve;
      });
      worker.postMessage(null);
      const limit = setTimeout(() => void worker.terminate(), CLOSE_WITHIN_MS);
      await exited;
      clearTimeout(limit);
    },
  };
}
