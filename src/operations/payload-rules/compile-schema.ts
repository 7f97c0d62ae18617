import type { Ajv, ErrorObject, Options, ValidateFunction } from 'ajv';
import { namesOf } from '../../domain/json-pointer.ts';
import { DRAFT_2020 } from '../event-types/json-schema.ts';
import { TOO_SLOW, runInTime } from './run-in-time.ts';

/** Where a payload differs from a schema, and how. */
export interface Difference {
  readonly path: readonly string[];
  readonly msg: string;
}

/** Null: the payload is as the schema says. Never throws, and never takes longer than twice `CHECK_MS`. */
export type PayloadCheck = (payload: unknown, payloadChars: number) => Difference | null;

/** Blocking the process for so long is the worst that one publish can do. */
const CHECK_MS = 50;
const COMPILE_MS = 1000;

export type SchemaCompiler = (schema: object, schemaChars: number) => PayloadCheck;

/** Only when an organization asks for it: loading takes a tenth of a second. */
export function loadCompiler(): Promise<SchemaCompiler> {
  return (loaded ??= loadDialects().then(
    (dialects) => (schema, schemaChars) => compileSchema(dialects, schema, schemaChars),
  ));
}

let loaded: Promise<SchemaCompiler> | undefined;

/**
 * Compiles a JSON Schema. One that can't be compiled, such as with a `$ref` to elsewhere, makes a check that
 * says so of every payload: who asks for validation must learn that there is none.
 *
 * A pattern can take for ever, so can recursion and `uniqueItems`. Patterns that do are not told from
 * others by looking at them, so what can is ended by the clock; all else, unless schema and payload are
 * large, needs no watching.
 */
function compileSchema(dialects: Dialects, schema: object, schemaChars: number): PayloadCheck {
  const isNewer = '$schema' in schema && String(schema.$schema).replace(/#$/, '') === DRAFT_2020;
  const validate = compile(isNewer ? dialects.draft2020 : dialects.draft7, schema);
  if (typeof validate === 'string') return () => ({ path: [], msg: validate });
  const isLinear = !mayTakeLong(schema);
  return (payload, payloadChars) => {
    try {
      const needsNoWatch = isLinear && schemaChars * payloadChars <= UNWATCHED_CHARS;
      const passed = needsNoWatch ? validate(payload) : checkInTime(validate, payload);
      if (passed === TOO_SLOW) return { path: [], msg: `took longer than ${CHECK_MS} ms to check` };
      const [error] = passed ? [] : (validate.errors ?? []).slice(-1);
      return error === undefined ? null : differenceOf(error);
    } catch (error) {
      return { path: [], msg: `cannot be checked: ${messageOf(error)}` };
    }
  };
}

/** Twice: the first time may have passed while the machine did something else. */
function checkInTime(validate: ValidateFunction, payload: unknown) {
  const passed = runInTime(CHECK_MS, () => validate(payload));
  return passed === TOO_SLOW ? runInTime(CHECK_MS, () => validate(payload)) : passed;
}

/** The function, or why there is none. */
function compile(newAjv: () => Ajv, schema: object): ValidateFunction | string {
  try {
    // An instance of its own: it would keep the schema, and refuse another one with the same `$id`.
    const compiled = runInTime(COMPILE_MS, () => newAjv().compile(schema));
    if (compiled === TOO_SLOW) {
      return `cannot be checked: the schema takes longer than ${COMPILE_MS} ms to compile`;
    }
    // No keyword of JSON Schema: the promise of such a check would pass every payload, and end the process.
    if ('$async' in compiled) throw new Error('async schema');
    return compiled;
  } catch (error) {
    return `cannot be checked: the schema cannot be used: ${messageOf(error)}`;
  }
}

/** Schema and payload multiplied: some milliseconds at worst. */
const UNWATCHED_CHARS = 10_000_000;

function mayTakeLong(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null) return false;
  if (Array.isArray(schema)) return schema.some(mayTakeLong);
  return Object.entries(schema).some(([name, value]) => SLOW.has(name) || mayTakeLong(value));
}

const SLOW: ReadonlySet<string> = new Set([
  'pattern',
  'patternProperties',
  'uniqueItems',
  '$ref',
  '$dynamicRef',
  '$recursiveRef',
]);

function differenceOf({ instancePath, message = 'is refused', params }: ErrorObject): Difference {
  const path = namesOf(instancePath);
  const { missingProperty, additionalProperty, unevaluatedProperty } = params as Partial<
    Record<string, unknown>
  >;
  const member = missingProperty ?? additionalProperty ?? unevaluatedProperty;
  return { path: typeof member === 'string' ? [...path, member] : path, msg: message };
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 300);
}

type Dialects = Awaited<ReturnType<typeof loadDialects>>;

async function loadDialects() {
  const [{ Ajv: Draft7 }, { Ajv2020 }] = await Promise.all([
    import('ajv'),
    import('ajv/dist/2020.js'),
  ]);
  // What stands in event types was checked when it was written.
  const options: Options = {
    strict: false,
    validateFormats: false,
    validateSchema: false,
    logger: false,
    meta: false,
    // Else `{}` has the member "constructor".
    ownProperties: true,
    // Else 19.99 is no multiple of 0.01. Finer, and large amounts of money would be none.
    multipleOfPrecision: 6,
  };
  return { draft7: () => new Draft7(options), draft2020: (): Ajv => new Ajv2020(options) };
}
