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
  const kept = new LRUCache<string, Buffer>({
    maxSize: KEPT_BYTES,
    sizeCalculation: ({ length }) => length + 1,
  });
  const underWay = new Map<string, Promise<Buffer>>();
  return (name, bytes) => {
    const known = kept.get(name);
    if (known !== undefined) return Promise.resolve(known);
    const shared = underWay.get(name);
    if (shared !== undefined) return shared;
    const unzipping = unzipOnce(bytes)
      .then((plain) => {
        kept.set(name, plain);
        return plain;
      })
      .finally(() => underWay.delete(name));
    underWay.set(name, unzipping);
    return unzipping;
  };
}
