import { Writable } from 'node:stream';

const WARN = 40;

/** Where a log writes its JSON lines to have people read `12:34:56 what happened`. */
export function createTerminal(print: (line: string) => void = console.log): Writable {
  return new Writable({
    decodeStrings: false,
    write(lines: string, _encoding, done) {
      for (const line of lines.trimEnd().split('\n')) print(readable(line));
      done();
    },
  });
}

function readable(line: string): string {
  const { time, level, msg = '', err } = JSON.parse(line) as LogLine;
  const sign = level >= WARN ? '! ' : '';
  const reason = err ? ` (${err.message})` : '';
  return `${new Date(time).toLocaleTimeString('en-GB')} ${sign}${msg}${reason}`;
}

interface LogLine {
  readonly time: string;
  readonly level: number;
  readonly msg?: string;
  readonly err?: { readonly message: string };
}
