import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** One level at a time: `mkdir` with `recursive` never returns for a path below /proc. */
export function createFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return;
  if (dirname(folder) !== folder) createFolder(dirname(folder));
  mkdirSync(folder);
}
