import { open } from 'node:fs/promises';
import type { QueuedEvent } from './call-event.ts';

/** Keeps the events that could not be accepted, for a person to look at. */
export interface DeadLetters {
  /** Resolves when the event is on disk. */
  put(event: QueuedEvent, error: Error): Promise<void>;
}

/** A file of JSON lines, created with the first line. Each line can be put back on the queue as it is. */
export function createDeadLetters(path: string): DeadLetters {
  return {
    async put(event, error) {
      const line = { ...event, error: error.message, at: new Date().toISOString() };
      const file = await open(path, 'a', 0o600);
      try {
        await file.appendFile(`${JSON.stringify(line)}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
    },
  };
}
