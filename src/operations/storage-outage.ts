import type { Clock } from '../domain/clock.ts';
import { PosthasteError } from '../domain/errors.ts';
import type { Readiness } from './readiness.ts';

/** Logs an outage of the database: one line when it begins, and one when the database accepts writes again. */
export interface StorageOutage {
  /**
   * True when the error only says that the database is unavailable, which this object logs. Every part of the
   * process gets this error at each try, and a line with a stack for each would fill the log.
   */
  readonly explains: (error: unknown) => boolean;
  /** For a part that retries by itself: makes a handler that logs errors other than the outage. */
  readonly failed: (message: string) => (error: unknown) => void;
  stop(): void;
}

export interface StorageOutageOptions {
  readonly readiness: () => Readiness;
  readonly log: {
    error(context: object, message: string): void;
    warn(context: object, message: string): void;
  };
  readonly clock: Pick<Clock, 'after' | 'monotonicMs'>;
}

const LOOK_EVERY_MS = 2_000;

export function createStorageOutage(options: StorageOutageOptions): StorageOutage {
  const { readiness, log, clock } = options;
  let sinceMs: number | null = null;
  let stopped = false;
  let cancel = (): void => {};

  function begin({ message: reason }: PosthasteError): void {
    sinceMs = clock.monotonicMs();
    log.error({ reason }, 'the database is not available; trying again until it is');
    look(sinceMs);
  }

  function look(fromMs: number): void {
    if (stopped) return;
    cancel = clock.after(LOOK_EVERY_MS, () => {
      readiness()
        .check()
        .then(
          () => end(fromMs),
          () => look(fromMs),
        );
    });
  }

  function end(fromMs: number): void {
    sinceMs = null;
    const seconds = Math.round((clock.monotonicMs() - fromMs) / 1_000);
    log.warn({ seconds }, 'the database is available again');
  }

  function explains(error: unknown): boolean {
    if (!(error instanceof PosthasteError) || error.code !== 'storage_unavailable') return false;
    if (sinceMs === null && !stopped) begin(error);
    return true;
  }

  return {
    explains,
    failed: (message) => (error) => {
      if (!explains(error)) log.error({ err: error }, message);
    },
    stop() {
      stopped = true;
      cancel();
    },
  };
}
