import { LRUCache } from 'lru-cache';

/** Keeps `most` values, those that were used last. With its option `max` the library allocates all places at once. */
export function boundedCache<Value extends object | string>(most: number): LRUCache<string, Value> {
  return new LRUCache({ maxSize: most, sizeCalculation: () => 1 });
}
