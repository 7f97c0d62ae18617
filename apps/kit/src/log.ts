import { dirname } from 'node:path';
import { type DestinationStream, type Logger, pino } from 'pino';
import { createFolder } from './create-folder.ts';
import { SettingsError } from './settings.ts';

/** Writes JSON lines to each of the streams, without any to the standard output. */
export function createLog(...streams: readonly DestinationStream[]): Logger {
  const options = { base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (streams.length === 0) return pino(options);
  return pino(options, pino.multistream(streams.map((stream) => ({ stream }))));
}

/**
 * Creates the file and its folder. Each line is written before the program goes on. Throws a
 * `SettingsError` when the file can't be written.
 */
export function logFile(path: string): DestinationStream {
  try {
    createFolder(dirname(path));
    return pino.destination({ dest: path, sync: true });
  } catch (cause) {
    throw new SettingsError([
      `the log file ${path} cannot be written: ${(cause as Error).message}`,
    ]);
  }
}
