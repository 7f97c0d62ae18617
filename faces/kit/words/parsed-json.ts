import { ApiError } from '../api/api-error.ts';

/** JSON that was typed into a field; an error at that field, as the API would answer it. */
export function parsedJson(text: string, field: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = `is no JSON: ${(error as Error).message}`;
    throw new ApiError(422, 'validation', `${field} ${message}`, [
      { place: `body.${field}`, message },
    ]);
  }
}
