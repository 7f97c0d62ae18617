import { invalid } from '../../../domain/errors.ts';
import { fieldError } from '../../validation.ts';
import { DRAFT_2020, DRAFT_7 } from '../json-schema.ts';
import { type Json, isObject, targetOf } from './json-pointer.ts';
import { MOST_OBJECTS } from '../../configuration/configuration-schemas.ts';
import { type CopyBudget, selfContained } from './self-contained.ts';

/** An event type as a document describes it; undefined members are not in the document. */
export interface Webhook {
  readonly place: readonly string[];
  readonly name: string;
  readonly description: string;
  readonly deprecated: boolean;
  readonly schemas: Readonly<Record<string, unknown>> | null;
  readonly groupName: unknown;
  readonly featureFlags: unknown;
}

/** Most values of a document: some 100 MB, and seconds of CPU. */
const MOST_VALUES = 1_000_000;
/** Checking this many values takes some ten milliseconds. */
const YIELD_EVERY_VALUES = 20_000;

/**
 * The webhooks of an OpenAPI document, as event types. Throws `validation` for other documents, and for a document
 * that is too large. Yields to other work between its parts.
 */
export async function readWebhooks(document: Json): Promise<Webhook[]> {
  const version = document['openapi'];
  if (typeof version !== 'string' || !version.startsWith('3.')) {
    throw invalid([
      fieldError(
        'must be 3.0 or 3.1, the version of an OpenAPI document',
        'body',
        'spec',
        'openapi',
      ),
    ]);
  }
  const dialect = version.startsWith('3.0') ? DRAFT_7 : DRAFT_2020;
  const webhooks: Webhook[] = [];
  const budget: CopyBudget = { values: MOST_VALUES };
  let yieldAt = MOST_VALUES - YIELD_EVERY_VALUES;
  let found = false;
  for (const member of ['webhooks', 'x-webhooks']) {
    const items = document[member];
    if (!isObject(items)) continue;
    found = true;
    for (const [name, item] of Object.entries(items)) {
      if (webhooks.length === MOST_OBJECTS) {
        throw invalid([fieldError(`must have at most ${MOST_OBJECTS} webhooks`, 'body', 'spec')]);
      }
      const place = ['spec', member, name];
      webhooks.push(webhookOf({ document, dialect, budget }, place, name, item));
      if (budget.values > yieldAt) continue;
      yieldAt = budget.values - YIELD_EVERY_VALUES;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  if (!found) throw invalid([fieldError('is required: the webhooks', 'body', 'spec', 'webhooks')]);
  return webhooks;
}

interface Reading {
  readonly document: Json;
  readonly dialect: string;
  readonly budget: CopyBudget;
}

function webhookOf(
  reading: Reading,
  place: readonly string[],
  name: string,
  given: unknown,
): Webhook {
  const { document } = reading;
  const item = followed(document, given, place);
  const operation = OPERATIONS.map((method) => item[method]).find(isObject) ?? {};
  const body = followed(document, operation['requestBody'] ?? {}, place);
  const content = isObject(body['content']) ? body['content'] : {};
  const type = Object.keys(content).find((one) => /^application\/(.+\+)?json\b/i.test(one));
  const media = type === undefined ? {} : content[type];
  const schema = isObject(media) ? schemaOf(reading, media, place) : null;
  return {
    place,
    name,
    description: textOf(operation['description'] ?? operation['summary'] ?? item['description']),
    deprecated: operation['deprecated'] === true,
    schemas: schema && { 1: schema },
    groupName: operation['x-group-name'],
    featureFlags: operation['x-feature-flags'],
  };
}

const OPERATIONS = ['post', 'put', 'patch', 'get', 'delete'];

/** The schema of a webhook's body, with the examples of the media type, which `send-example` sends. */
function schemaOf(
  { document, dialect, budget }: Reading,
  media: Json,
  place: readonly string[],
): Json | null {
  if (!isObject(media['schema'])) return null;
  const schema = selfContained(document, media['schema'], place, budget, dialect === DRAFT_7);
  const named = isObject(media['examples']) ? Object.values(media['examples']) : [];
  const examples = [
    ...('example' in media ? [media['example']] : []),
    ...named.flatMap((one) => (isObject(one) && 'value' in one ? [one['value']] : [])),
  ];
  const own = schema['$schema'] ?? dialect;
  const { $schema: _, ...members } = schema;
  return {
    // Leave out draft 7, which is the default for schemas of event types.
    ...(own !== DRAFT_7 && own !== `${DRAFT_7}#` && { $schema: own }),
    ...members,
    ...(examples.length > 0 && !('examples' in schema) && { examples }),
  };
}

/** Resolves a `$ref` to another place in the document. */
function followed(document: Json, given: unknown, place: readonly string[]): Json {
  let value = given;
  for (let hops = 0; hops < MOST_HOPS; hops++) {
    if (!isObject(value)) break;
    const reference = value['$ref'];
    if (typeof reference !== 'string') return value;
    value = targetOf(document, reference, place);
  }
  throw invalid([fieldError('must be an object', 'body', ...place)]);
}

const MOST_HOPS = 10;

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
