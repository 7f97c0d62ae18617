import { fieldRefused } from '../api/api-error.ts';

/** JSON that was typed into a field; an error at that field, as the API would answer it. */
export function parsedJson(text: string, field: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw fieldRefused(field, `is no JSON: ${(error as Error).message}`);
  }
}
