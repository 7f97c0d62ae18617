import type { z } from 'zod';
import { type FieldError, PosthasteError, invalid } from '../../domain/errors.ts';
import { isId } from '../../domain/ids.ts';
import type { Context } from '../context.ts';
import { allowedUrl } from '../endpoints/endpoint-url.ts';
import { checkedEventTypeIn } from '../event-types/event-type-schemas.ts';
import { schemaErrors } from '../event-types/json-schema.ts';
import type { SettingsPatch } from '../settings/settings-schemas.ts';
import { check, fieldError, missing } from '../validation.ts';
import {
  MOST_OBJECTS,
  configuredApplication,
  configuredAuthentication,
  configuredEndpoint,
  environmentDocument,
} from './configuration-schemas.ts';

export type Place = readonly (string | number)[];

export interface GivenEndpoint {
  readonly place: Place;
  readonly given: z.output<typeof configuredEndpoint>;
}
export interface GivenApplication {
  readonly place: Place;
  readonly given: z.output<typeof configuredApplication>;
  /** Null: the document does not mention the application's endpoints. */
  readonly endpoints: readonly GivenEndpoint[] | null;
}
export interface GivenEventType {
  readonly place: Place;
  readonly given: z.output<typeof checkedEventTypeIn>;
}
/** The checked document; null: the document has no such list. */
export interface GivenConfiguration {
  readonly settings: SettingsPatch | null;
  readonly eventTypes: readonly GivenEventType[] | null;
  readonly applications: readonly GivenApplication[] | null;
}

/** Collects errors with their places, so that one answer names all of them. */
export class DocumentErrors {
  readonly #errors: FieldError[] = [];
  #count = 0;

  add(error: FieldError): void {
    this.#count++;
    if (this.#errors.length < MOST_ERRORS) this.#errors.push(error);
  }

  /** What `run` returns; null when it throws `validation`. `place` is where its input stands in the body. */
  collect<T>(place: Place, run: () => T): T | null {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof PosthasteError) || error.code !== 'validation') throw error;
      for (const one of error.fieldErrors) {
        const [source = 'body', ...rest] = one.loc;
        this.add({ ...one, loc: [source, ...place, ...rest] });
      }
      return null;
    }
  }

  throwIfAny(): void {
    if (this.#count === 0) return;
    const more = this.#count - this.#errors.length;
    throw invalid([
      ...this.#errors,
      ...(more > 0 ? [fieldError(`has ${more} more errors`, 'body')] : []),
    ]);
  }
}

const MOST_ERRORS = 100;

/**
 * Checks the document by itself. Throws one `validation` error with every field error, those in `errors` included.
 * Yields to other work between its parts.
 */
export async function readDocument(
  { addressGuard, endpointHttpsOnly }: Pick<Context, 'addressGuard' | 'endpointHttpsOnly'>,
  input: unknown,
  errors: DocumentErrors = new DocumentErrors(),
): Promise<GivenConfiguration> {
  const document = errors.collect([], () => check(environmentDocument, input, 'body'));
  const allowed = allowedUrl(addressGuard, endpointHttpsOnly);
  const endpointSchema = configuredEndpoint.extend({
    url: allowed,
    authentication: configuredAuthentication(allowed).nullish(),
  });
  let count = 0;

  /** Throws at once, because the errors of a document that is too large don't matter. */
  async function counted(): Promise<void> {
    if (++count > MOST_OBJECTS) {
      throw invalid([fieldError(`must have at most ${MOST_OBJECTS} objects`, 'body')]);
    }
    if (count % YIELD_EVERY === 0) await new Promise((resolve) => setImmediate(resolve));
  }

  async function readEach<T>(
    list: readonly unknown[],
    name: Place,
    read: (value: unknown, place: Place) => Promise<T | null> | T | null,
  ): Promise<T[]> {
    const all: T[] = [];
    for (const [index, value] of list.entries()) {
      await counted();
      const one = await read(value, [...name, index]);
      if (one !== null) all.push(one);
    }
    return all;
  }

  function readEndpoint(value: unknown, place: Place): GivenEndpoint | null {
    const given = errors.collect(place, () => check(endpointSchema, value, 'body'));
    if (given === null) return null;
    requireIdentity(errors, 'ep', given, place);
    return { given, place };
  }

  const givenTypes = listIn(input, 'eventTypes');
  const eventTypes =
    givenTypes &&
    (await readEach(givenTypes, ['eventTypes'], async (value, place) => {
      const given = errors.collect(place, () => check(checkedEventTypeIn, value, 'body'));
      for (const error of await schemaErrors(memberOf(value, 'schemas'))) {
        errors.add({ ...error, loc: ['body', ...place, ...error.loc.slice(1)] });
      }
      return given && { given, place };
    }));
  const givenApplications = listIn(input, 'applications');
  const applications =
    givenApplications &&
    (await readEach(givenApplications, ['applications'], async (value, place) => {
      const given = errors.collect(place, () => check(configuredApplication, value, 'body'));
      if (given !== null) requireIdentity(errors, 'app', given, place);
      const list = listIn(value, 'endpoints');
      const endpoints = list && (await readEach(list, [...place, 'endpoints'], readEndpoint));
      refuseTwice(errors, endpoints ?? [], ({ uid, id }) => uid ?? id);
      return given && { given, place, endpoints };
    }));
  refuseTwice(errors, eventTypes ?? [], ({ name }) => name);
  refuseTwice(errors, applications ?? [], ({ uid, id }) => uid ?? id);
  errors.throwIfAny();
  return { settings: document?.settings ?? null, eventTypes, applications };
}

/** The list in an object that may not have been accepted; null when there is none. */
function listIn(value: unknown, name: string): readonly unknown[] | null {
  const list = memberOf(value, name);
  return Array.isArray(list) ? list : null;
}

function memberOf(value: unknown, name: string): unknown {
  return (value as Record<string, unknown> | null | undefined)?.[name];
}

function requireIdentity(
  errors: DocumentErrors,
  prefix: 'app' | 'ep',
  { uid, id }: { uid?: string | null | undefined; id?: string | null | undefined },
  place: Place,
): void {
  if (uid) return;
  if (!id)
    errors.add(
      missing('is required, so that the next import finds the object', 'body', ...place, 'uid'),
    );
  else if (!isId(prefix, id)) {
    errors.add(fieldError('must be an id that an export gave', 'body', ...place, 'id'));
  }
}

function refuseTwice<T>(
  errors: DocumentErrors,
  list: readonly { given: T; place: Place }[],
  nameOf: (given: T) => string | null | undefined,
): void {
  const seen = new Set<string>();
  for (const { given, place } of list) {
    const name = nameOf(given);
    if (!name) continue;
    if (seen.has(name)) errors.add(fieldError(`is in the list twice: ${name}`, 'body', ...place));
    seen.add(name);
  }
}

/** Checking this many takes some milliseconds. */
const YIELD_EVERY = 50;
