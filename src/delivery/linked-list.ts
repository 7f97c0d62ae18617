/** What an item of a `LinkedList` carries for it; nobody else touches it. */
export interface Linked<T> {
  previous: T | null;
  next: T | null;
}

/**
 * A list in the order of addition, out of which any item can be taken at once. So does a Set; but
 * one that items hurry through outgrows a table every few dozen of them, and as each table leads to
 * the next, V8's young collections keep them all, with the items they held, for the old generation.
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

  /** Passes over an item that is not in the list. */
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
