import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import type { Io } from './io.ts';
import { readAll } from './read-all.ts';
import { UserError } from './user-error.ts';

/** More than any server takes. */
const MOST_BYTES = 256 * 1024 * 1024;

/** The bytes of a file, or of standard input by `-`. Throws a `UserError` that names what was read. */
export async function readInput(
  file: string,
  what: string,
  { stdin, cwd }: Pick<Io, 'stdin' | 'cwd'>,
): Promise<Buffer> {
  const source = file === '-' ? stdin : createReadStream(resolve(cwd, file));
  try {
    const bytes = await readAll(source as AsyncIterable<Buffer | string>, MOST_BYTES);
    if (bytes !== null) return bytes;
  } catch (error) {
    throw new UserError(`${what} cannot be read: ${(error as Error).message}`);
  }
  throw new UserError(`${what} cannot be read: it is larger than 256 MB`);
}

/** As `readInput`, as text without its byte order mark. What is not UTF-8 is refused: it would be changed. */
export async function readText(
  file: string,
  what: string,
  io: Pick<Io, 'stdin' | 'cwd'>,
): Promise<string> {
  const bytes = await readInput(file, what, io);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UserError(`${what} is not text in UTF-8`);
  }
}
