import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** Endpoints are spread over so many shards; a shard has one owner at a time. */
export const SHARD_COUNT = 256;

const known = new LRUCache<string, number>({ max: 50_000 });

/** The shard of an endpoint: the first byte of its id's SHA-256, as `posthaste.shard_of` in SQL. */
export function shardOf(endpointId: string): number {
  let shard = known.get(endpointId);
  if (shard === undefined) {
    shard = createHash('sha256').update(endpointId).digest()[0] ?? 0;
    known.set(endpointId, shard);
  }
  return shard;
}
