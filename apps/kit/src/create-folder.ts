import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** One level at a time: `mkdir` with `recursive` never returns for a path below /proc. */
export function createFolder(folder: string): void {
  if (isFolder(folder)) return;
  if (dirname(folder) !== folder) createFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process may have created it since.
    if (!isFolder(folder)) throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
