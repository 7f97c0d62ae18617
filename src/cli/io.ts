import type { Readable } from 'node:stream';

/** What a command reads and writes: the process's own, unless a test gives others. */
export interface Io {
  readonly out: (text: string) => void;
  /** What is not the result: hints, progress, errors. */
  readonly err: (text: string) => void;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** Of the terminal; infinite where there is none. */
  readonly columns: () => number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Ends commands that go on by themselves. Absent: the process's signals do. */
  readonly stopped?: AbortSignal;
}

export function processIo(): Io {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Who reads, such as `head`, has seen enough.
    if (error.code === 'EPIPE') process.exit(0);
    process.stderr.write(`posthaste: the output cannot be written: ${error.message}\n`);
    process.exit(1);
  });
  // There is nowhere to tell it.
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
