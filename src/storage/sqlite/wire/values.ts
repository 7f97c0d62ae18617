/** Values that are sent between the threads: structured clone copies arrays of these fastest. */
export type Value = string | number | null;

/** Reads an array of values from its beginning. */
export class ValueReader {
  readonly #values: readonly Value[];
  #at: number;

  constructor(values: readonly Value[], at = 0) {
    this.#values = values;
    this.#at = at;
  }

  get at(): number {
    return this.#at;
  }

  value(): Value {
    return this.#values[this.#at++] as Value;
  }

  text(): string {
    return this.#values[this.#at++] as string;
  }

  number(): number {
    return this.#values[this.#at++] as number;
  }

  /** The next `count` values. */
  take(count: number): Value[] {
    const from = this.#at;
    this.#at += count;
    return this.#values.slice(from, this.#at);
  }

  skip(count: number): void {
    this.#at += count;
  }
}
