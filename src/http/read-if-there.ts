import type { PathLike } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** Null: there is no such file. Not `readFileSync`: while a disk is slow, nobody else would be served. */
export async function readIfThere(path: PathLike): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
