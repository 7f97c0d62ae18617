import type { Value, ValueReader } from './values.ts';

/** Converts a member of an object to a value and back; null when the member is a value already. */
export type FieldType<T> =
  | { readonly encode: (member: T) => Value; readonly decode: (value: Value) => T }
  | (T extends Value ? null : never);

export const flag: FieldType<boolean> = {
  encode: (member) => (member ? 1 : 0),
  decode: (value) => value === 1,
};

/** One of a few names, as its index. */
export function oneOf<T extends string>(...names: readonly T[]): FieldType<T> {
  return {
    encode: (member) => names.indexOf(member),
    // Only an index that `encode` wrote arrives here.
    decode: (value) => names[value as number] as T,
  };
}

/** A list, as its JSON text. */
export function jsonOrNull<T>(): FieldType<readonly T[] | null> {
  return {
    encode: (member) => (member === null ? null : JSON.stringify(member)),
    decode: (value) => (value === null ? null : (JSON.parse(value as string) as T[])),
  };
}

/** Anything that JSON can express. */
export function json<T extends object>(): FieldType<T> {
  return {
    encode: (member) => JSON.stringify(member),
    decode: (value) => JSON.parse(value as string) as T,
  };
}

/** The members of T and their types; their order is the order of the values. */
export type FieldTypes<T> = { readonly [Name in keyof T & string]-?: FieldType<T[Name]> };

/**
 * One list of fields for both threads: encodes an object as consecutive values, decodes it, and, for a table,
 * lists its columns in the same order.
 */
export class Fields<T> {
  /** The index of each member's value among the values of the object. */
  readonly at: { readonly [Name in keyof T & string]: number };
  readonly count: number;
  /** The names in snake_case, separated by commas. */
  readonly columns: string;
  /** As many `?` as columns. */
  readonly placeholders: string;
  readonly #names: readonly (keyof T & string)[];
  readonly #types: readonly (FieldType<unknown> | null)[];

  constructor(types: FieldTypes<T>) {
    this.#names = Object.keys(types) as (keyof T & string)[];
    this.#types = Object.values(types);
    this.count = this.#names.length;
    this.at = Object.fromEntries(
      this.#names.map((name, index) => [name, index]),
    ) as unknown as typeof this.at;
    this.columns = this.#names.map(snakeCase).join(', ');
    this.placeholders = this.#names.map(() => '?').join(', ');
  }

  encode(out: Value[], from: T): void {
    for (let index = 0; index < this.count; index++) {
      // Both lists have an entry for each index.
      const member = from[this.#names[index] as keyof T];
      const type = this.#types[index] ?? null;
      out.push(type === null ? (member as Value) : type.encode(member));
    }
  }

  decode(reader: ValueReader): T {
    const to: Partial<Record<keyof T, unknown>> = {};
    for (let index = 0; index < this.count; index++) {
      const value = reader.value();
      const type = this.#types[index] ?? null;
      to[this.#names[index] as keyof T] = type === null ? value : type.decode(value);
    }
    return to as T;
  }

  /** A list of objects: their number, then each. */
  encodeList(out: Value[], list: readonly T[]): void {
    out.push(list.length);
    for (const from of list) this.encode(out, from);
  }

  decodeList(reader: ValueReader): T[] {
    const list: T[] = [];
    for (let left = reader.number(); left > 0; left--) list.push(this.decode(reader));
    return list;
  }
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
