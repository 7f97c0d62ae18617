import { z } from 'zod';
import { SCOPES, type Scope } from '../../domain/rights.ts';
import type { InputOf, OutputOf } from '../field-types.ts';
import { name256, plainText, timestamp } from '../fields.ts';

const name = plainText.min(1).max(256);
const scope = z.enum(SCOPES) as z.ZodType<Scope, Scope>;

const scopes = z
  .array(scope)
  .min(1, { error: 'must name a scope; without the member, the key may do everything' })
  .max(SCOPES.length);

const MOST_EXPIRY_S = 10 * 365 * 24 * 60 * 60;

const apiTokenFields = {
  name,
  /** What the key may do; default: everything. */
  scopes: scopes.nullish(),
  /** Additive: the id or uid of the one application that the key is limited to. */
  appId: name256.nullish(),
  /** Additive: seconds until the key expires; default: never. */
  expiry: z.int().min(60).max(MOST_EXPIRY_S).nullish(),
};
export const apiTokenIn: z.ZodObject<typeof apiTokenFields, z.core.$strict> =
  z.strictObject(apiTokenFields);

const apiTokenUpdateFields = { name };
export const apiTokenUpdate: z.ZodObject<typeof apiTokenUpdateFields, z.core.$strict> =
  z.strictObject(apiTokenUpdateFields);

const apiTokenPatchFields = {
  name: name.optional(),
  /** Null: everything. */
  scopes: scopes.nullish(),
};
export const apiTokenPatch: z.ZodObject<typeof apiTokenPatchFields, z.core.$strict> =
  z.strictObject(apiTokenPatchFields);

const apiTokenExpireFields = {
  /** Seconds until the key is refused, at most three days; default: 0, at once. */
  expiry: z
    .int()
    .min(0)
    .max(72 * 60 * 60)
    .optional(),
};
export const apiTokenExpireIn: z.ZodObject<typeof apiTokenExpireFields, z.core.$strict> =
  z.strictObject(apiTokenExpireFields);

const shownFields = {
  /** `key_…` */
  id: z.string(),
  name: z.string(),
  createdAt: timestamp,
  expiresAt: timestamp.nullable(),
  scopes: z.array(scope).nullable(),
  /** Additive: the one application that the key is limited to. */
  appId: z.string().nullable(),
};

const apiTokenOutFields = {
  /** The key itself, which is shown only once. */
  token: z.string(),
  ...shownFields,
};
export const apiTokenOut: z.ZodObject<typeof apiTokenOutFields> = z.object(apiTokenOutFields);

const apiTokenCensoredOutFields = {
  /** The last characters of the key. */
  censoredToken: z.string(),
  ...shownFields,
  /** Additive: when the key was last used, to the minute; null: never. */
  lastUsedAt: timestamp.nullable(),
};
export const apiTokenCensoredOut: z.ZodObject<typeof apiTokenCensoredOutFields> =
  z.object(apiTokenCensoredOutFields);

export interface ApiTokenIn extends InputOf<typeof apiTokenFields> {}
export interface ApiTokenUpdate extends InputOf<typeof apiTokenUpdateFields> {}
export interface ApiTokenPatch extends InputOf<typeof apiTokenPatchFields> {}
export interface ApiTokenExpireIn extends InputOf<typeof apiTokenExpireFields> {}
export interface ApiTokenOut extends OutputOf<typeof apiTokenOutFields> {}
export interface ApiTokenCensoredOut extends OutputOf<typeof apiTokenCensoredOutFields> {}
