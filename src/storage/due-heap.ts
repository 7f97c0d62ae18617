/** An endpoint with unclaimed work. */
export interface DueEntry {
  readonly endpointId: string;
  dueAt: number;
  /** The index of the entry in the heap; -1 while the heap does not hold it. */
  heapIndex: number;
}

/** A binary heap of entries, the earliest first. Entries hold their index, so that any entry can be removed. */
export class DueHeap {
  readonly #entries: DueEntry[] = [];

  first(): DueEntry | undefined {
    return this.#entries[0];
  }

  add(entry: DueEntry): void {
    this.#put(entry, this.#entries.length);
    this.#rise(entry);
  }

  remove(entry: DueEntry): void {
    const last = this.#entries.pop();
    const { heapIndex } = entry;
    entry.heapIndex = -1;
    if (last === undefined || last === entry) return;
    this.#put(last, heapIndex);
    this.moved(last);
  }

  /** The due time of an entry in the heap has changed. */
  moved(entry: DueEntry): void {
    this.#rise(entry);
    this.#sink(entry);
  }

  #put(entry: DueEntry, index: number): void {
    this.#entries[index] = entry;
    entry.heapIndex = index;
  }

  #rise(entry: DueEntry): void {
    while (entry.heapIndex > 0) {
      const parent = this.#entries[(entry.heapIndex - 1) >> 1];
      if (parent === undefined || parent.dueAt <= entry.dueAt) return;
      this.#swap(entry, parent);
    }
  }

  #sink(entry: DueEntry): void {
    for (;;) {
      const left = this.#entries[2 * entry.heapIndex + 1];
      const right = this.#entries[2 * entry.heapIndex + 2];
      const child =
        right !== undefined && left !== undefined && right.dueAt < left.dueAt ? right : left;
      if (child === undefined || child.dueAt >= entry.dueAt) return;
      this.#swap(entry, child);
    }
  }

  #swap(one: DueEntry, two: DueEntry): void {
    const { heapIndex } = one;
    this.#put(one, two.heapIndex);
    this.#put(two, heapIndex);
  }
}
