/** `created` is false when the object existed and was returned or replaced. */
export interface Upserted<T> {
  readonly created: boolean;
  readonly value: T;
}
