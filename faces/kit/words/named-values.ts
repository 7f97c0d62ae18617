import { ApiError } from '../api/api-error.ts';

/** Parses lines `name: value`. Throws an error at `field`, in the form of the API's errors. */
export function namedValuesOf(text: string, field: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const colon = line.indexOf(':');
    if (colon < 1) throw notNamed(line.trim(), field);
    values[line.slice(0, colon).trim()] = line.slice(colon + 1).trim();
  }
  return values;
}

export function textOfNamedValues(values: Readonly<Record<string, string>> | null): string {
  return Object.entries(values ?? {})
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
}

function notNamed(line: string, field: string): ApiError {
  const message = `“${line}” is not of the form name: value`;
  return new ApiError(422, 'validation', message, [{ place: `body.${field}`, message }]);
}
