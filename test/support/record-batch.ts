import type { RecordBatch } from '../../src/storage/storage.ts';

/** A batch for `Storage.record` whose other lists are empty. */
export function recordBatch(given: Partial<RecordBatch>): RecordBatch {
  return { records: [], health: [], releases: [], ...given };
}
