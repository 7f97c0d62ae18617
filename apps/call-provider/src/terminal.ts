import { Writable } from 'node:stream';

const WARN = 40;

/** A stream for a log's JSON lines, which prints them for people: `12:34:56 what happened`. */
export function createTerminal(source = ''): Writable {
  return new Writable({
    decodeStrings: false,
    write(lines: string, _encoding, done) {
      for (const line of lines.trimEnd().split('\n')) printEntry(source, JSON.parse(line));
      done();
    },
  });
}

function printEntry(source: string, { time, level, msg = '', err }: Entry): void {
  const warning = level >= WARN ? '! ' : '';
  const reason = err ? ` (${err.message})` : '';
  printLine(source, `${warning}${msg}${reason}`, new Date(time));
}

export function printLine(source: string, text: string, time = new Date()): void {
  console.log(`${time.toLocaleTimeString('en-GB')} ${source}${text}`);
}

interface Entry {
  readonly time: string;
  readonly level: number;
  readonly msg?: string;
  readonly err?: { readonly message: string };
}
