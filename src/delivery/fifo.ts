/** A first-in, first-out list whose `shift` costs the same at any length. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  get first(): T | undefined {
    return this.#items[this.#head];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    if (this.#head === this.#items.length) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    // Drop the consumed part once it is at least half, so that each item is moved at most once.
    if (this.#head >= 64 && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Removes and returns the items that match. */
  remove(matches: (item: T) => boolean): T[] {
    const removed: T[] = [];
    const rest: T[] = [];
    for (const item of this.drain()) (matches(item) ? removed : rest).push(item);
    this.#items = rest;
    return removed;
  }

  /** Removes and returns all items but the first `keep`. */
  drain(keep = 0): T[] {
    const rest = this.#items.slice(this.#head + keep) as T[];
    this.#items = this.#items.slice(this.#head, this.#head + keep);
    this.#head = 0;
    return rest;
  }
}
