import type { z } from 'zod';

/**
 * The types of an object, made from the schemas of its fields. `z.input` and `z.output` of the whole
 * object would be the same types, but editors show the comments of fields only through mappings that
 * keep each key as it is; so a schema's fields are a constant of their own, with the comments.
 */

type Fields = Readonly<Record<string, z.ZodType>>;

type OptionalKeys<F extends Fields> = {
  [K in keyof F]: F[K] extends { _zod: { optin: 'optional' | 'defaulted' } } ? K : never;
}[keyof F];

type Inputs<F extends Fields> = { -readonly [K in keyof F]: z.input<F[K]> };

/** The type of an input. */
export type InputOf<F extends Fields> = Omit<Inputs<F>, OptionalKeys<F>> &
  Partial<Pick<Inputs<F>, OptionalKeys<F>>>;

/** The type of an output: every field is always present. */
export type OutputOf<F extends Fields> = { -readonly [K in keyof F]: z.output<F[K]> };
