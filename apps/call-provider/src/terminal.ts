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
  console.log(`${time.toLocaleTimeString('en-GB')} ${source}${harmless(text)}`);
}

/** A customer may have any name: as escapes its control characters neither steer the terminal nor begin a line. */
function harmless(text: string): string {
  return text.replaceAll(OBEYED, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0');
    return `\\u${code}`;
  });
}

/** Control characters, ends of lines, and what turns the direction of a text around. */
const OBEYED = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

interface Entry {
  readonly time: string;
  readonly level: number;
  readonly msg?: string;
  readonly err?: { readonly message: string };
}
