import { fieldRefused } from '../api/api-error.ts';

/** Parses JSON that was typed into a field. Throws an error at that field, in the form of the API's errors. */
export function parsedJson(text: string, field: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw fieldRefused(field, `is not valid JSON: ${(error as Error).message}`);
  }
}
