import { LRUCache } from 'lru-cache';

/** Keeps the `most` values that were used last. Not the library's option `max`, which allocates all places at once. */
export function boundedCache<Value extends object | string>(most: number): LRUCache<string, Value> {
  return new LRUCache({ maxSize: most, sizeCalculation: () => 1 });
}
