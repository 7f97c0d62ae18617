import { readFileSync, statSync } from 'node:fs';
import type { Clock } from '../../../domain/clock.ts';

/**
 * Returns a function for the parsed content of a small file, which is read again when it has
 * changed. Looks at most once a second. A file that can't be read counts as empty.
 *
 * It reads synchronously: the asynchronous functions queue in the thread pool, which look-ups of other
 * parts of the process may block.
 */
export function rereadFile<T>(path: string, clock: Clock, parse: (text: string) => T): () => T {
  let version = '';
  let parsed = parse('');
  let lookAtMs = -Infinity;

  return () => {
    const nowMs = clock.monotonicMs();
    if (nowMs < lookAtMs) return parsed;
    lookAtMs = nowMs + LOOK_MS;
    const found = versionOf(path);
    if (found !== version) {
      version = found;
      parsed = parse(textOf(path));
    }
    return parsed;
  };
}

function versionOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? '' : `${stats.ino} ${stats.size} ${stats.mtimeMs}`;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

const LOOK_MS = 1_000;
