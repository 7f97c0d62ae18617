import { invalid } from '../domain/errors.ts';
import { fieldError } from './validation.ts';

/** Parses the JSON text of an input, for every interface. Throws `validation`. */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw invalid([
      { loc: ['body'], msg: `is not valid JSON: ${reason}`, type: 'value_error.jsondecode' },
    ]);
  }
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__')) {
    throw invalid([fieldError('is not an accepted field', 'body', '__proto__')]);
  }
  return value;
}
