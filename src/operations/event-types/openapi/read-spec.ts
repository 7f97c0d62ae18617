import { invalid } from '../../../domain/errors.ts';
import { isNestedAtMost } from '../../fields.ts';
import { TOO_SLOW, runInTime } from '../../payload-rules/run-in-time.ts';
import type { Context } from '../../context.ts';
import { fieldError, missing } from '../../validation.ts';
import { type Json, isObject } from './json-pointer.ts';
import { DOCUMENT_LEVELS, type EventTypeImportOpenApiIn } from './openapi-schemas.ts';

/** Most time for parsing YAML, which takes a hundred times as long as JSON and whose aliases can expand. */
const YAML_MS = 500;

/** The document, parsed. Throws `validation`. */
export async function readSpec(
  context: Pick<Context, 'longWork'>,
  organizationId: string,
  { spec, specRaw }: EventTypeImportOpenApiIn,
): Promise<Json> {
  if (spec && specRaw) {
    throw invalid([
      fieldError('has the same meaning as spec: give only one of them', 'body', 'specRaw'),
    ]);
  }
  const document = spec ?? (specRaw ? await parsed(context, organizationId, specRaw) : undefined);
  const place = specRaw ? 'specRaw' : 'spec';
  if (!isObject(document)) {
    throw invalid([missing('is required: an OpenAPI document', 'body', place)]);
  }
  if (!isNestedAtMost(document, DOCUMENT_LEVELS)) {
    throw invalid([fieldError('is nested too deeply', 'body', place)]);
  }
  return document;
}

async function parsed(
  { longWork }: Pick<Context, 'longWork'>,
  organizationId: string,
  text: string,
): Promise<unknown> {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Not JSON: try YAML.
  }
  const { parse } = await import('yaml');
  try {
    const document = await longWork.run({ id: '', organizationId }, Infinity, () =>
      runInTime(YAML_MS, () => {
        // Printing replaces aliases with copies, so that the time limit bounds their expansion, too.
        return JSON.parse(
          JSON.stringify(parse(text, { maxAliasCount: 100, logLevel: 'error' })),
        ) as unknown;
      }),
    );
    if (document !== TOO_SLOW) return document;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw invalid([fieldError(`is neither JSON nor YAML: ${reason}`, 'body', 'specRaw')]);
  }
  throw invalid([fieldError('takes too long to read as YAML: send JSON', 'body', 'specRaw')]);
}
