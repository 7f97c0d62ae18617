import { z } from 'zod';
import type { InputOf, OutputOf } from '../../field-types.ts';
import { eventTypeOutFields } from '../event-type-schemas.ts';

/** More levels than a schema may have, because a document contains schemas. */
export const DOCUMENT_LEVELS = 200;

const importOpenapiFields = {
  /** Change nothing; the answer lists what would be changed. */
  dryRun: z.boolean().nullish(),
  /** Archive event types that are not in the document. */
  replaceAll: z.boolean().nullish(),
  /** The document. */
  spec: z.record(z.string(), z.unknown()).nullish(),
  /** The document as text: JSON or YAML. */
  specRaw: z.string().nullish(),
};
export const importOpenapiIn: z.ZodObject<typeof importOpenapiFields, z.core.$strict> =
  z.strictObject(importOpenapiFields);

const eventTypeFromOpenapi = z.object({
  name: eventTypeOutFields.name,
  description: eventTypeOutFields.description,
  deprecated: eventTypeOutFields.deprecated,
  schemas: eventTypeOutFields.schemas,
  groupName: eventTypeOutFields.groupName,
  featureFlags: eventTypeOutFields.featureFlags,
  /** Additive: whether the event type would be archived. */
  archived: z.boolean(),
});

const importOpenapiOutFields = {
  data: z.object({
    modified: z.array(z.string()),
    to_modify: z.array(eventTypeFromOpenapi).nullish(),
  }),
};
export const importOpenapiOut: z.ZodObject<typeof importOpenapiOutFields> =
  z.object(importOpenapiOutFields);

const openapiDocumentFields = {
  openapi: z.string(),
  info: z.object({ title: z.string(), version: z.string() }),
  webhooks: z.record(z.string(), z.unknown()),
};
export const openapiDocumentOut: z.ZodObject<typeof openapiDocumentFields> =
  z.object(openapiDocumentFields);

export interface EventTypeImportOpenApiIn extends InputOf<typeof importOpenapiFields> {}
export interface EventTypeImportOpenApiOut extends OutputOf<typeof importOpenapiOutFields> {}
export interface EventTypeOpenApiOut extends OutputOf<typeof openapiDocumentFields> {}
