import { invalid } from '../../domain/errors.ts';
import { fieldError, missing } from '../validation.ts';

/**
 * The JSON text of a payload. Throws `validation` when there is none, as of what is nested too deeply, and when
 * it has nothing of the payload: a promise that nobody awaited and a Map print as `{}`, NaN as `null`.
 */
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
  if ((text === '{}' && tagOf(payload) !== 'Object') || (text === 'null' && payload !== null)) {
    const printed = `is ${shown(payload)}, of which JSON has nothing: it prints as ${text}`;
    throw invalid([fieldError(printed, 'body', 'payload')]);
  }
  return text;
}

function shown(payload: unknown): string {
  return typeof payload === 'number' ? String(payload) : `a ${tagOf(payload)}`;
}

/** `Object` also of instances of the caller's own classes. */
function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}
