import { z } from 'zod';
import { type ApplicationIn, applicationIn } from '../applications/application-schemas.ts';
import type { InputOf, OutputOf } from '../field-types.ts';
import { name256, uniqueList } from '../fields.ts';

const HOUR_S = 60 * 60;
const WEEK_S = 7 * 24 * HOUR_S;

const inlineApplication: z.ZodType<z.output<typeof applicationIn>, ApplicationIn> = applicationIn;

export const appPortalAccessFields = {
  /** Of event types: those that the token sees besides the ones without a feature flag. */
  featureFlags: uniqueList(name256, 0, 100).nullish(),
  /** Seconds until the token expires: an hour to a week, the default. */
  expiry: z.int().min(HOUR_S).max(WEEK_S).nullish(),
  /** Created first when the application in the path does not exist; its uid must be the one in the path. */
  application: inlineApplication.nullish(),
};
export const appPortalAccessIn: z.ZodObject<typeof appPortalAccessFields, z.core.$strict> =
  z.strictObject(appPortalAccessFields);

/** An empty list of capabilities is not taken either: it would be a token with all of them. */
const refused = z.custom<null>((value) => value === null, { error: 'is not offered' }).optional();

/** `appPortalAccessIn` as it is checked. */
export const checkedAppPortalAccessIn = appPortalAccessIn.extend({
  capabilities: refused,
  readOnly: refused,
  sessionId: refused,
});

export const DEFAULT_EXPIRY_S = WEEK_S;

export const appPortalAccessOutFields = {
  /** The page of the portal, with the token behind a `#`. */
  url: z.string(),
  token: z.string(),
};
export const appPortalAccessOut: z.ZodObject<typeof appPortalAccessOutFields> =
  z.object(appPortalAccessOutFields);

export interface AppPortalAccessIn extends InputOf<typeof appPortalAccessFields> {}
export interface AppPortalAccessOut extends OutputOf<typeof appPortalAccessOutFields> {}
