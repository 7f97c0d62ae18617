import { LRUCache } from 'lru-cache';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

const unzipOnce = promisify(gunzip);

/** Of what readers without gzip ask for, which are few. */
const KEPT_BYTES = 4 * 1024 * 1024;

/**
 * Unzips files whose content never changes, by name. The largest takes tens of milliseconds: on a thread,
 * once for all who ask at the same time, and what was asked for last is kept.
 */
export function createUnzip(): (name: string, bytes: Buffer) => Promise<Buffer> {
  const unzipped = new LRUCache<string, Buffer, Buffer>({
    maxSize: KEPT_BYTES,
    sizeCalculation: ({ length }) => length + 1,
    fetchMethod: (_name, _stale, { context }) => unzipOnce(context),
    // A file that made room for others while it was unzipped is still an answer.
    ignoreFetchAbort: true,
  });
  return (name, bytes) => unzipped.forceFetch(name, { context: bytes });
}
