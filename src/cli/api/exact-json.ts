/**
 * JSON whose numbers keep their digits: a payload is delivered as it was published, so the command may
 * not round it on its way.
 */
export function parseExact(text: string): unknown {
  return (JSON.parse as ParseWithSource)(text, (_key, value, { source }) =>
    typeof value === 'number' && String(value) !== source && source !== undefined
      ? (JSON as unknown as { rawJSON(text: string): object }).rawJSON(source)
      : value,
  );
}

/** Whether a value of `parseExact` is a number whose digits are kept. */
export function isRawNumber(value: unknown): boolean {
  return (JSON as unknown as { isRawJSON(value: unknown): boolean }).isRawJSON(value);
}

// The types of the language's edition that the project compiles to do not know these yet.
type ParseWithSource = (
  text: string,
  reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
) => unknown;
