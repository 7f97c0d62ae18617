import type { z } from 'zod';
import { type FieldError, PosthasteError, invalid } from '../../domain/errors.ts';
import { parseSecret } from '../../domain/signatures.ts';
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

  /** What `run` returns; null when it throws `validation`. */
  collect<T>(place: Place, run: () => T): T | null {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof PosthasteError) || error.code !== 'validation') throw error;
      for (const one of error.fieldErrors) {
        this.add({ ...one, loc: ['body', ...place, ...one.loc.slice(1)] });
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

/** Checks the document by itself. Throws `validation`. Yields to other work between its parts. */
export async function readDocument(
  { addressGuard, endpointHttpsOnly }: Pick<Context, 'addressGuard' | 'endpointHttpsOnly'>,
  input: unknown,
): Promise<GivenConfiguration> {
  const errors = new DocumentErrors();
  const document = check(environmentDocument, input, 'body');
  const allowed = allowedUrl(addressGuard, endpointHttpsOnly);
  const endpointSchema = configuredEndpoint.extend({ url: allowed });
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
    errors.collect(place, () => {
      if (given.secret) parseSecret(given.secret, ['body', 'secret']);
      if (given.authentication?.type === 'oauth2') {
        check(allowed, given.authentication.tokenUrl, 'body', 'authentication', 'tokenUrl');
      }
    });
    requireIdentity(errors, 'ep', given, place);
    return { given, place };
  }

  const eventTypes =
    document.eventTypes &&
    (await readEach(document.eventTypes, ['eventTypes'], async (value, place) => {
      const given = errors.collect(place, () => check(checkedEventTypeIn, value, 'body'));
      if (given === null) return null;
      for (const error of given.schemas ? await schemaErrors(given.schemas) : []) {
        errors.add({ ...error, loc: ['body', ...place, ...error.loc.slice(1)] });
      }
      return { given, place };
    }));
  const applications =
    document.applications &&
    (await readEach(document.applications, ['applications'], async (value, place) => {
      const given = errors.collect(place, () => check(configuredApplication, value, 'body'));
      if (given === null) return null;
      requireIdentity(errors, 'app', given, place);
      const endpoints = given.endpoints
        ? await readEach(given.endpoints, [...place, 'endpoints'], readEndpoint)
        : null;
      refuseTwice(errors, endpoints ?? [], ({ uid, id }) => uid ?? id);
      return { given, place, endpoints };
    }));
  refuseTwice(errors, eventTypes ?? [], ({ name }) => name);
  refuseTwice(errors, applications ?? [], ({ uid, id }) => uid ?? id);
  errors.throwIfAny();
  const settings = document.settings ?? null;
  return { settings, eventTypes: eventTypes ?? null, applications: applications ?? null };
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
