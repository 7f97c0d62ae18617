/**
 * JSON whose numbers keep their digits: a payload is delivered exactly as published, so the command must not
 * round its numbers.
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

// TypeScript's library for the project's target does not have these types yet.
type ParseWithSource = (
  text: string,
  reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
) => unknown;
