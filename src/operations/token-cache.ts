import { LRUCache } from 'lru-cache';

/** What is known of tokens, by their text. Tokens are of any length: these are 10,000 of the usual one. */
export function createTokenCache<Value extends object>(): LRUCache<string, Value> {
  return new LRUCache({
    maxSize: 4 * 1024 * 1024,
    sizeCalculation: (_, token) => token.length + 200,
  });
}
