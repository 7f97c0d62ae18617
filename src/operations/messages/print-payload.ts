import { type FieldError, invalid } from '../../domain/errors.ts';
import { fieldError, missing } from '../validation.ts';

/**
 * The JSON text of a payload. Throws `validation` when the payload can't be printed, such as when it is nested too
 * deeply, and when printing would lose it: a promise that was not awaited and a Map print as `{}`, NaN as `null`.
 */
export function printPayload(payload: unknown): string {
  let text: string | undefined;
  let reason = REQUIRED;
  try {
    text = JSON.stringify(payload);
  } catch (error) {
    reason = `cannot be printed as JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (text === undefined) {
    throw invalid([missing(reason, 'body', 'payload')]);
  }
  if ((text === '{}' && tagOf(payload) !== 'Object') || (text === 'null' && payload !== null)) {
    const printed = `is ${shown(payload)}, which JSON cannot represent: it prints as ${text}`;
    throw invalid([fieldError(printed, 'body', 'payload')]);
  }
  return text;
}

/** The error of a message that has none of the members with a payload. */
export function missingPayload(input: unknown): FieldError[] {
  const given = (input ?? {}) as Record<string, unknown>;
  const isThere = PAYLOADS.some((name) => given[name] !== undefined);
  return isThere ? [] : [missing(REQUIRED, 'body', 'payload')];
}

const PAYLOADS = ['payload', 'data', 'rawPayload', 'transformationsParams'];
const REQUIRED = 'is required: any JSON value';

function shown(payload: unknown): string {
  return typeof payload === 'number' ? String(payload) : `a ${tagOf(payload)}`;
}

/** The type tag of a value; `Object` also for instances of the caller's own classes. */
function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}
