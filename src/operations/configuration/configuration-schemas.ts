import { z } from 'zod';
import { applicationFields } from '../applications/application-schemas.ts';
import { authenticationIn, oauthFields, tlsFields } from '../endpoints/authentication-schemas.ts';
import {
  endpointFields,
  endpointOut,
  newEndpointFields,
  signingSecret,
} from '../endpoints/endpoint-schemas.ts';
import { signatureFields } from '../endpoints/signature-schemas.ts';
import { type EventTypeIn, eventTypeIn, eventTypeOut } from '../event-types/event-type-schemas.ts';
import {
  endpointTransformationOut,
  transformationPatch,
} from '../endpoints/transformation-schemas.ts';
import type { InputOf } from '../field-types.ts';
import { timestamp } from '../fields.ts';
import { notOffered, readOnly } from '../not-offered.ts';
import { flag } from '../paging.ts';
import { type SettingsPatch, settingsOut, settingsPatch } from '../settings/settings-schemas.ts';
import { policyOut } from '../policy.ts';

/** Most event types, applications and endpoints of a document together. */
export const MOST_OBJECTS = 10_000;

const id = z.string().min(1).max(64).nullish();

/** Like the inputs of their own routes, but secrets that the endpoint has already may be absent. */
export function configuredAuthentication(tokenUrl: z.ZodString) {
  return z.discriminatedUnion(
    'type',
    [
      authenticationIn.options[0].partial({ password: true }),
      authenticationIn.options[1].partial({ token: true }),
      z.strictObject({
        type: z.literal('oauth2'),
        ...oauthFields,
        grantType: oauthFields.grantType.optional(),
        tokenUrl,
      }),
    ],
    { error: 'must have a type: "basic", "bearer" or "oauth2"' },
  );
}

/** Secret parts of an endpoint by their names: `url` stands for the user name and password in it. */
const withheld = z
  .array(
    z
      .string()
      .max(300)
      .regex(/^(url|tls\.identity|signature\.secret|transformation\.variables|headers\..+)$/, {
        error:
          'must be url, tls.identity, signature.secret, transformation.variables or headers. and a name',
      }),
  )
  .max(60);

const { filterTypes: _filterTypes, rateLimit: _rateLimit, ...ofEndpoint } = endpointFields;
const { rateLimit: _oldName, ...ofApplication } = applicationFields;

const configuredEndpointFields = {
  /** Identifies the object when it has no `uid`. */
  id,
  ...ofEndpoint,
  url: newEndpointFields.url,
  authentication: configuredAuthentication(oauthFields.tokenUrl).nullish(),
  tls: z.strictObject(tlsFields).nullish(),
  signature: z.strictObject(signatureFields).nullish(),
  transformation: transformationPatch.nullish(),
  /** The current signing secret. */
  secret: signingSecret.max(200).nullish(),
  /** Secrets that the document leaves out: the stored endpoint must have them, and they stay. */
  withheld: withheld.nullish(),
};
export const configuredEndpoint: z.ZodObject<typeof configuredEndpointFields, z.core.$strict> =
  z.strictObject(configuredEndpointFields);

/** `endpoints` is not checked here: each endpoint is checked by itself. */
const configuredApplicationFields = {
  id,
  ...ofApplication,
  endpoints: z.array(z.unknown()).nullish(),
};
export const configuredApplication: z.ZodObject<
  typeof configuredApplicationFields,
  z.core.$strict
> = z.strictObject(configuredApplicationFields);

/** Version of the document format. A later release may export another version. */
export const DOCUMENT_VERSION = 1;
const version = z
  .literal(DOCUMENT_VERSION, {
    error: `must be ${DOCUMENT_VERSION}: other versions are not supported`,
  })
  .nullish();
const shownOnly = { createdAt: readOnly, secrets: readOnly };
const ofSvix = { connectors: notOffered() };

/** The document, without checks of the entries of its lists. */
export const environmentDocument = z.strictObject({
  eventTypes: z.array(z.unknown()).nullish(),
  applications: z.array(z.unknown()).nullish(),
  settings: settingsPatch.nullish(),
  version,
  ...shownOnly,
  ...ofSvix,
});

const environmentFields = {
  eventTypes: z.array(eventTypeIn).nullish(),
  settings: settingsPatch.nullish(),
  /** Additive. */
  applications: z
    .array(configuredApplication.extend({ endpoints: z.array(configuredEndpoint).nullish() }))
    .nullish(),
};
export const environmentIn = z.strictObject(environmentFields);

const out = endpointOut.shape;
const configuredEndpointOut = z.object({
  id: z.string().optional(),
  uid: z.string().optional(),
  url: z.string(),
  description: out.description,
  eventTypes: out.eventTypes,
  channels: out.channels,
  filter: out.filter,
  /** Only when a person disabled it. */
  disabled: z.boolean().optional(),
  throttleRate: out.throttleRate,
  version: out.version,
  metadata: out.metadata,
  concurrency: out.concurrency,
  ordered: out.ordered,
  policy: policyOut,
  headers: z.record(z.string(), z.string()),
  authentication: z.looseObject({ type: z.enum(['basic', 'bearer', 'oauth2']) }).nullable(),
  tls: z.object({ identity: z.string().nullish(), authorities: z.string().nullable() }).nullable(),
  signature: z
    .object({
      headers: z.record(z.string(), z.string()),
      content: z.string(),
      algorithm: z.string(),
      encoding: z.string(),
      secret: z.string().nullish(),
      join: z.string().nullable(),
    })
    .nullable(),
  transformation: endpointTransformationOut
    .omit({ updatedAt: true, variablesWithheld: true })
    .partial({ variables: true })
    .nullable(),
  secret: z.string().optional(),
  withheld: z.array(z.string()).optional(),
});
export type ConfiguredEndpointOut = z.output<typeof configuredEndpointOut>;

const configuredApplicationOut = z.object({
  id: z.string().optional(),
  uid: z.string().optional(),
  name: z.string(),
  throttleRate: z.number().nullable(),
  payloadRetentionPeriod: z.number().nullable(),
  metadata: z.record(z.string(), z.string()),
  policy: policyOut,
  endpoints: z.array(configuredEndpointOut),
});
export type ConfiguredApplicationOut = z.output<typeof configuredApplicationOut>;

export const environmentOut = z.object({
  version: z.number(),
  createdAt: timestamp,
  eventTypes: z.array(eventTypeOut),
  settings: settingsOut,
  connectors: z.array(z.unknown()),
  /** Additive. */
  applications: z.array(configuredApplicationOut),
  /** Additive: whether the document contains signing secrets and credentials. */
  secrets: z.enum(['included', 'withheld']),
});

export const environmentImportOut = z.object({
  dryRun: z.boolean(),
  created: z.number(),
  updated: z.number(),
  deleted: z.number(),
  unchanged: z.number(),
  changes: z.array(
    z.object({
      action: z.enum(['create', 'update', 'delete']),
      kind: z.enum(['settings', 'eventType', 'application', 'endpoint']),
      /** Name, uid or id; for an endpoint, `APPLICATION/ENDPOINT`. */
      name: z.string(),
      /** The fields that an update changes. */
      fields: z.array(z.string()),
    }),
  ),
});

const exportOptionFields = { withSecrets: flag.default(false) };
export const exportOptions: z.ZodObject<typeof exportOptionFields, z.core.$strict> =
  z.strictObject(exportOptionFields);

const importOptionFields = {
  /** Change nothing; the answer lists what would change. */
  dryRun: flag.default(false),
  /** For each list in the document, delete objects that are not in it (event types are archived). */
  prune: flag.default(false),
  /** The answer lists the changes. */
  withChanges: flag.default(false),
};
export const importOptions: z.ZodObject<typeof importOptionFields, z.core.$strict> =
  z.strictObject(importOptionFields);

export interface ConfiguredEndpointIn extends InputOf<typeof configuredEndpointFields> {}
export interface ConfiguredApplicationIn extends Omit<
  InputOf<typeof configuredApplicationFields>,
  'endpoints'
> {
  endpoints?: ConfiguredEndpointIn[] | null | undefined;
}
export interface EnvironmentIn {
  eventTypes?: EventTypeIn[] | null | undefined;
  settings?: SettingsPatch | null | undefined;
  applications?: ConfiguredApplicationIn[] | null | undefined;
}
export interface EnvironmentOut extends z.output<typeof environmentOut> {}
export interface EnvironmentImportOut extends z.output<typeof environmentImportOut> {}
export interface EnvironmentExportOptions extends InputOf<typeof exportOptionFields> {}
export interface EnvironmentImportOptions extends InputOf<typeof importOptionFields> {}
