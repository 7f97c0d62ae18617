import { invalid } from '../../domain/errors.ts';
import { missing } from '../validation.ts';

/** The JSON text of a payload. Throws `validation` when there is none: some values are nested too deeply for it. */
export function printPayload(payload: unknown): string {
  let text: string | undefined;
  let reason = 'is required: any JSON value';
  try {
    text = JSON.stringify(payload);
  } catch (error) {
    reason = `cannot be printed as JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (text === undefined) {
    throw invalid([missing(reason, 'body', 'payload')]);
  }
  return text;
}
