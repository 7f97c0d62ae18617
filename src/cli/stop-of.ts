import type { Io } from './io.ts';
import { stopSignal } from './stop-signal.ts';

/** Aborts when the command is to end: by the first SIGINT or SIGTERM, unless `io` says when. */
export function stopOf({ stopped }: Io): AbortSignal {
  if (stopped !== undefined) return stopped;
  const controller = new AbortController();
  void stopSignal().then(() => controller.abort());
  return controller.signal;
}
