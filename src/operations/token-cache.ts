import { LRUCache } from 'lru-cache';

/** A cache keyed by the text of tokens, bounded in characters: about 10,000 tokens of the usual length. */
export function createTokenCache<Value extends object>(): LRUCache<string, Value> {
  return new LRUCache({
    maxSize: 4 * 1024 * 1024,
    sizeCalculation: (_, token) => token.length + 200,
  });
}
