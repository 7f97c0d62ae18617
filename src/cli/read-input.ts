import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import type { Io } from './io.ts';
import { readAll } from './read-all.ts';
import { UserError } from './user-error.ts';

/** More than any server accepts. */
const MOST_BYTES = 256 * 1024 * 1024;

/** Reads a file, or standard input for `-`. Throws a `UserError` that names the input. */
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

/** Like `readInput`, as text without its byte order mark. Refuses input that is not UTF-8, which decoding would change. */
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
