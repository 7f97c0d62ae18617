import { LRUCache } from 'lru-cache';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

const unzipOnce = promisify(gunzip);

/** Bytes that are kept for clients without gzip, which are few. */
const KEPT_BYTES = 4 * 1024 * 1024;

/**
 * Returns a function that unzips files whose content never changes, by name. The largest takes tens of
 * milliseconds, so unzipping runs on a thread, once for concurrent requests; the latest results are kept.
 */
export function createUnzip(): (name: string, bytes: Buffer) => Promise<Buffer> {
  const unzipped = new LRUCache<string, Buffer, Buffer>({
    maxSize: KEPT_BYTES,
    sizeCalculation: ({ length }) => length + 1,
    fetchMethod: (_name, _stale, { context }) => unzipOnce(context),
    // A file that is evicted while it is unzipped is still returned.
    ignoreFetchAbort: true,
  });
  return (name, bytes) => unzipped.forceFetch(name, { context: bytes });
}
