/* oxlint-disable unicorn/require-post-message-target-origin -- threads have no origin */
import { Worker } from 'node:worker_threads';

// A thread in the middle of an fsync can't be hurried, but a stuck one must not hold up the exit.
const CLOSE_WITHIN_MS = 10_000;

export interface WorkerHandle {
  post(message: unknown): void;
  /** Lets the thread finish its work and close its connection. */
  close(): Promise<void>;
}

export interface WorkerProgram {
  readonly url: URL;
  readonly name: string;
  readonly data: unknown;
  /** Size of its young generation: enough for its short-lived objects; a larger one would only fill with garbage. */
  readonly youngGenerationMb: number;
}

export interface WorkerEvents {
  readonly onMessage: (message: unknown) => void;
  /** Called when the thread ended without being asked to. */
  readonly onLost: (reason: string) => void;
}

/** Starts a thread. `null` posted to it means: close and end. */
export function startWorker(
  { url, name, data, youngGenerationMb }: WorkerProgram,
  { onMessage, onLost }: WorkerEvents,
): WorkerHandle {
  const worker = new Worker(url, {
    workerData: data,
    // Don't inherit the process's arguments: `node -e` or a loader must not run in these threads. The flag hides
    // the warning of Node.js 24 that SQLite is experimental.
    execArgv: ['--disable-warning=ExperimentalWarning'],
    resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMb },
    name: `posthaste-${name}`,
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
