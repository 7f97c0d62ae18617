import type { PathLike } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** Reads a file; null when it does not exist. Not `readFileSync`: a slow disk would hold up all other requests. */
export async function readIfThere(path: PathLike): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
