import type { Ajv, ErrorObject, Options, ValidateFunction } from 'ajv';
import { namesOf } from '../../domain/json-pointer.ts';
import { DRAFT_2020 } from '../event-types/json-schema.ts';
import { TOO_SLOW, runInTime } from './run-in-time.ts';

/** Where a payload differs from a schema, and how. */
export interface Difference {
  readonly path: readonly string[];
  readonly msg: string;
}

/** Null: the payload matches the schema. Never throws, and never takes longer than twice `CHECK_MS`. */
export type PayloadCheck = (payload: unknown, payloadChars: number) => Difference | null;

/** Time limit of a check, because a check blocks the process. */
const CHECK_MS = 50;
const COMPILE_MS = 1000;

export type SchemaCompiler = (schema: object, schemaChars: number) => PayloadCheck;

/** Loaded when an organization first validates payloads: loading takes a tenth of a second. */
export function loadCompiler(): Promise<SchemaCompiler> {
  return (loaded ??= loadDialects().then(
    (dialects) => (schema, schemaChars) => compileSchema(dialects, schema, schemaChars),
  ));
}

let loaded: Promise<SchemaCompiler> | undefined;

/**
 * Compiles a JSON Schema. A schema that can't be compiled, such as one with a `$ref` to another document, makes a
 * check that reports this for every payload, so that the organization learns that there is no validation.
 *
 * Patterns, recursion and `uniqueItems` can take for ever, and harmful patterns can't be recognized. So checks
 * with these keywords run with a time limit; other checks run without one, unless schema and payload are large.
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

/** Tries twice, because the first time may have run out while the machine was busy with something else. */
function checkInTime(validate: ValidateFunction, payload: unknown) {
  const passed = runInTime(CHECK_MS, () => validate(payload));
  return passed === TOO_SLOW ? runInTime(CHECK_MS, () => validate(payload)) : passed;
}

/** The compiled function, or the reason why the schema can't be compiled. */
function compile(newAjv: () => Ajv, schema: object): ValidateFunction | string {
  try {
    // A new instance for each schema: an instance keeps the schema and refuses another one with the same `$id`.
    const compiled = runInTime(COMPILE_MS, () => newAjv().compile(schema));
    if (compiled === TOO_SLOW) {
      return `cannot be checked: the schema takes longer than ${COMPILE_MS} ms to compile`;
    }
    // `$async` is not JSON Schema. Its check returns a promise: every payload would pass, and a rejection would end
    // the process.
    if ('$async' in compiled) throw new Error('async schema');
    return compiled;
  } catch (error) {
    return `cannot be checked: the schema cannot be used: ${messageOf(error)}`;
  }
}

/** Bound of schema length times payload length for checks without a time limit: some milliseconds at worst. */
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
  // Schemas of event types were validated when they were stored.
  const options: Options = {
    strict: false,
    validateFormats: false,
    validateSchema: false,
    logger: false,
    meta: false,
    // Without this, `{}` would have the member "constructor".
    ownProperties: true,
    // Without this, 19.99 would not be a multiple of 0.01; with more digits, large amounts of money would not be.
    multipleOfPrecision: 6,
  };
  return { draft7: () => new Draft7(options), draft2020: (): Ajv => new Ajv2020(options) };
}
