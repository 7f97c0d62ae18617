import { pino } from 'pino';

/** Of lines that wait until the output can be written again; the lines after them are lost. */
const MOST_WAITING_BYTES = 256 * 1024;

/**
 * The standard output, for a log. While it cannot be written, on a full disk say, the process goes on without
 * its log: a line that throws would fail whatever it tells of.
 */
export function logOutput(): ReturnType<typeof pino.destination> {
  const output = pino.destination({ dest: 1, sync: true, maxLength: MOST_WAITING_BYTES });
  output.on('error', () => {});
  return output;
}
