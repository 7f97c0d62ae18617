/** The links of an item; only its `LinkedList` reads or writes them. */
export interface Linked<T> {
  previous: T | null;
  next: T | null;
}

/**
 * A list in the order of addition from which any item can be removed in constant time. A Set can do
 * that, too; but a Set that churns reallocates its table every few dozen items, and the old tables
 * keep dead items reachable through young collections, which move them to the old generation.
 */
export class LinkedList<T extends Linked<T>> {
  #first: T | null = null;
  #last: T | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): T | null {
    return this.#first;
  }

  add(item: T): void {
    item.previous = this.#last;
    if (this.#last === null) this.#first = item;
    else this.#last.next = item;
    this.#last = item;
    this.#size++;
  }

  /** Does nothing for an item that is not in the list. */
  delete(item: T): void {
    const { previous, next } = item;
    if (previous === null && this.#first !== item) return;
    if (previous === null) this.#first = next;
    else previous.next = next;
    if (next === null) this.#last = previous;
    else next.previous = previous;
    item.previous = null;
    item.next = null;
    this.#size--;
  }

  toArray(): T[] {
    const items: T[] = [];
    for (let item = this.#first; item !== null; item = item.next) items.push(item);
    return items;
  }
}
