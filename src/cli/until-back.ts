import { setTimeout as sleep } from 'node:timers/promises';
import type { Io } from './io.ts';
import { PassingError } from './user-error.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;

/** Calls `ask` until it answers; prints once that the server is unavailable. Rethrows refusals and an abort. */
export async function untilBack<T>(
  io: Io,
  stopped: AbortSignal | undefined,
  ask: () => Promise<T>,
): Promise<T> {
  for (let pauseMs = 0; ;) {
    try {
      const answer = await ask();
      if (pauseMs > 0) io.err('connected again\n');
      return answer;
    } catch (error) {
      if (!(error instanceof PassingError)) throw error;
      if (pauseMs === 0) io.err(`${error.message}\ntrying again until the server answers\n`);
      pauseMs = Math.min(pauseMs * 2 || FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
      await sleep(
        Math.max(pauseMs, error.retryAfterMs ?? 0),
        undefined,
        stopped && { signal: stopped },
      );
    }
  }
}
