import type { Io } from './io.ts';
import { stopSignal } from './stop-signal.ts';

/** A signal that aborts when the command must end: at the first SIGINT or SIGTERM, or by `io.stopped`. */
export function stopOf({ stopped, stdin }: Io): AbortSignal {
  if (stopped !== undefined) return stopped;
  const controller = new AbortController();
  void stopSignal().then(() => controller.abort());
  // Only on a terminal: under nohup, SIGHUP is ignored, and a listener would undo that.
  if (stdin.isTTY) process.on('SIGHUP', () => controller.abort());
  return controller.signal;
}
