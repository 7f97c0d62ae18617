import type { LRUCache } from 'lru-cache';
import { boundedCache } from '../../bounded-cache.ts';
import type { Clock } from '../../domain/clock.ts';

/**
 * What was read is used for so long: what other processes change is heeded within a second. A read takes
 * some 40 µs of CPU, and so little of each organization that publishes.
 */
const FRESH_MS = 1_000;

/** Answers without a promise what it has read within the last second. Reads that overlap share one. */
export class TimedCache<T> {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #read: (organizationId: string, name: string) => Promise<T>;
  readonly #entries: LRUCache<string, { readonly value: T; readonly readAtMs: number }>;
  #underWay = new Map<string, Promise<T>>();

  constructor(
    clock: Pick<Clock, 'monotonicMs'>,
    most: number,
    read: (organizationId: string, name: string) => Promise<T>,
  ) {
    this.#clock = clock;
    this.#read = read;
    this.#entries = boundedCache(most);
  }

  get(organizationId: string, name = ''): T | Promise<T> {
    const key = name === '' ? organizationId : `${organizationId}\n${name}`;
    const known = this.#entries.get(key);
    if (known !== undefined && this.#clock.monotonicMs() - known.readAtMs < FRESH_MS) {
      return known.value;
    }
    const underWay = this.#underWay.get(key);
    if (underWay !== undefined) return underWay;
    const loading = this.#load(key, organizationId, name);
    this.#underWay.set(key, loading);
    return loading;
  }

  /** What is read now is not kept, and nobody who comes after it shares the read. */
  forget(): void {
    this.#entries.clear();
    this.#underWay = new Map();
  }

  async #load(key: string, organizationId: string, name: string): Promise<T> {
    const readAtMs = this.#clock.monotonicMs();
    const underWay = this.#underWay;
    try {
      const value = await this.#read(organizationId, name);
      if (underWay === this.#underWay) this.#entries.set(key, { value, readAtMs });
      return value;
    } finally {
      underWay.delete(key);
    }
  }
}
