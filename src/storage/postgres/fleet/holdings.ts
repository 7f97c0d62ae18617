import { SHARDS } from '../../fleet.ts';
import { shardOf } from '../../fleet.ts';

const NONE = 0;
const OWNED = 1;
const LEAVING = 2;

/** The shards that this process owns, and the endpoints in them that it must not attempt yet (withheld). */
export class Holdings {
  readonly #states = new Uint8Array(SHARDS);
  readonly #withheld = new Set<string>();

  owns(endpointId: string): boolean {
    if (this.#states[shardOf(endpointId)] !== OWNED) return false;
    return this.#withheld.size === 0 || !this.#withheld.has(endpointId);
  }

  get owned(): number[] {
    return this.#all(OWNED);
  }

  /** Shards that are being given back: this process attempts nothing there, and others can't take them yet. */
  get leaving(): number[] {
    return this.#all(LEAVING);
  }

  /** Whether this process neither owns the shard nor is giving it back. */
  isFree(shard: number): boolean {
    return this.#states[shard] === NONE;
  }

  /** `withheld`: endpoints whose previous owner has requests in flight. */
  add(shards: readonly number[], withheld: readonly string[]): void {
    for (const shard of shards) this.#states[shard] = OWNED;
    for (const endpointId of withheld) this.#withheld.add(endpointId);
  }

  leave(shards: readonly number[]): void {
    this.#setAll(shards, LEAVING);
  }

  remove(shards: readonly number[]): void {
    this.#setAll(shards, NONE);
  }

  clear(): void {
    this.#states.fill(NONE);
    this.#withheld.clear();
  }

  get withheld(): string[] {
    return [...this.#withheld];
  }

  /** Stops withholding these endpoints; returns those that this process owns. */
  release(endpointIds: readonly string[]): string[] {
    for (const endpointId of endpointIds) this.#withheld.delete(endpointId);
    return endpointIds.filter((endpointId) => this.owns(endpointId));
  }

  #setAll(shards: readonly number[], state: number): void {
    for (const shard of shards) this.#states[shard] = state;
    for (const endpointId of this.#withheld) {
      if (this.#states[shardOf(endpointId)] !== OWNED) this.#withheld.delete(endpointId);
    }
  }

  #all(state: number): number[] {
    const shards: number[] = [];
    for (const [shard, its] of this.#states.entries()) if (its === state) shards.push(shard);
    return shards;
  }
}
