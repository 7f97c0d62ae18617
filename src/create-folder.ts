import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Creates the folder and those that it is in, as far as they are missing. One level at a time: `mkdir`
 * with `recursive` never returns for a path below /proc.
 */
export function createFolder(folder: string, mode = 0o777): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return;
  if (dirname(folder) !== folder) createFolder(dirname(folder), mode);
  mkdirSync(folder, mode);
}
