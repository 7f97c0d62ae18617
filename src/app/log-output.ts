import { pino } from 'pino';

/** Most bytes of lines that wait until the output can be written again; further lines are lost. */
const MOST_WAITING_BYTES = 256 * 1024;

/**
 * The standard output, for a log. While it cannot be written, for example on a full disk, the process goes on
 * without its log: if writing a line threw, the work that logs it would fail.
 */
export function logOutput(): ReturnType<typeof pino.destination> {
  const output = pino.destination({ dest: 1, sync: true, maxLength: MOST_WAITING_BYTES });
  output.on('error', () => {});
  return output;
}
