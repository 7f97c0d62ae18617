import type { LRUCache } from 'lru-cache';
import { boundedCache } from '../../bounded-cache.ts';
import type { Clock } from '../../domain/clock.ts';

/**
 * A value is used for this long after it was read, so that changes by other processes take effect within a second.
 * A read costs some 40 µs of CPU per second and organization.
 */
const FRESH_MS = 1_000;

/** Returns values of the last second synchronously, and reads others. Overlapping reads of a key share one read. */
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

  /** Drops all values. The results of reads under way are not kept, and later calls don't share these reads. */
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
