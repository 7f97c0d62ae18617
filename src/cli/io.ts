import type { Readable } from 'node:stream';

/** The input and output of a command: those of the process, or of a test. */
export interface Io {
  readonly out: (text: string) => void;
  /** Writes everything but the result: hints, progress, errors. */
  readonly err: (text: string) => void;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** Width of the terminal; infinite without a terminal. */
  readonly columns: () => number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Ends commands that would run for ever. Absent: the process's signals end them. */
  readonly stopped?: AbortSignal;
}

export function processIo(): Io {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The reader, such as `head`, has closed the pipe: nothing more is needed.
    if (error.code === 'EPIPE') process.exit(0);
    process.stderr.write(`posthaste: the output cannot be written: ${error.message}\n`);
    process.exit(1);
  });
  // An error of stderr can't be reported anywhere.
  process.stderr.on('error', () => {});
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    stdin: process.stdin,
    columns: () => (process.stdout.isTTY ? process.stdout.columns : Infinity),
    env: process.env,
    cwd: process.cwd(),
  };
}
