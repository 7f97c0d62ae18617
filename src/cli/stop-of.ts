import type { Io } from './io.ts';
import { stopSignal } from './stop-signal.ts';

/** Aborts when the command is to end: by the first SIGINT or SIGTERM, unless `io` says when. */
export function stopOf({ stopped, stdin }: Io): AbortSignal {
  if (stopped !== undefined) return stopped;
  const controller = new AbortController();
  void stopSignal().then(() => controller.abort());
  // The terminal is closed. Without one, nohup has the signal ignored, which a listener would undo.
  if (stdin.isTTY) process.on('SIGHUP', () => controller.abort());
  return controller.signal;
}
