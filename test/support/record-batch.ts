import type { RecordBatch } from '../../src/storage/storage.ts';

/** A batch for `Storage.record` of what is given, and nothing else. */
export function recordBatch(given: Partial<RecordBatch>): RecordBatch {
  return { records: [], health: [], releases: [], ...given };
}
