import { type DestinationStream, type Logger, pino } from 'pino';

/** Writes JSON lines to each of the streams, without any to the standard output. */
export function createLog(...streams: readonly DestinationStream[]): Logger {
  const options = { base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (streams.length === 0) return pino(options);
  return pino(options, pino.multistream(streams.map((stream) => ({ stream }))));
}

/** Creates the file and its folder. Each line is written before the program goes on. */
export function logFile(path: string): DestinationStream {
  return pino.destination({ dest: path, mkdir: true, sync: true });
}
