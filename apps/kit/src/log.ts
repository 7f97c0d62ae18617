import { dirname } from 'node:path';
import { type DestinationStream, type Logger, pino } from 'pino';
import { createFolder } from './create-folder.ts';
import { createOutage } from './outage.ts';
import { SettingsError } from './settings.ts';

/** The lines that wait while writing fails take at most this much memory; later lines are lost. */
const MOST_WAITING_BYTES = 256 * 1024;
const STANDARD_OUTPUT = 1;

/** Writes JSON lines to each of the streams. */
export function createLog(...streams: readonly DestinationStream[]): Logger {
  const options = { base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return pino(options, pino.multistream(streams.map((stream) => ({ stream }))));
}

/**
 * Creates the file and its folder. Each line is written before the program goes on. Throws a
 * `SettingsError` when the file can't be written.
 */
export function logFile(path: string): DestinationStream {
  try {
    createFolder(dirname(path));
    return neverThrowing(path, `the log file ${path}`);
  } catch (cause) {
    throw new SettingsError([
      `the log file ${path} cannot be written: ${(cause as Error).message}`,
    ]);
  }
}

export function standardOutput(): DestinationStream {
  return neverThrowing(STANDARD_OUTPUT, 'the log');
}

/**
 * When a write fails, for example on a full disk, standard error has one line about it and the program
 * goes on: a log line that throws would fail the operation that it reports.
 */
function neverThrowing(dest: string | number, name: string): DestinationStream {
  const stream = pino.destination({ dest, sync: true, maxLength: MOST_WAITING_BYTES });
  const log = { warn: console.error, info: console.error };
  const outage = createOutage(log, `${name} cannot be written`, `${name} is written again`);
  stream.on('error', outage.away).on('write', outage.back);
  return stream;
}
