import { z } from 'zod';
import { CAPABILITIES, type Capability, RIGHTS } from '../../domain/rights.ts';
import { type ApplicationIn, applicationIn } from '../applications/application-schemas.ts';
import type { InputOf, OutputOf } from '../field-types.ts';
import { name256, timestamp, uniqueList } from '../fields.ts';
import { MOST_SESSION_S } from '../tokens.ts';

const HOUR_S = 60 * 60;

const inlineApplication: z.ZodType<z.output<typeof applicationIn>, ApplicationIn> = applicationIn;

const sessionId = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[a-zA-Z0-9@_-]*$/, { error: 'may hold only letters, digits, "@", "_" and "-"' });

/** A delay of up to three days, so that open sessions can end by themselves. */
const expirySeconds = z
  .int()
  .min(0)
  .max(72 * HOUR_S);

const VIEWS: ReadonlySet<Capability> = new Set(['ViewBase', 'ViewEndpointSecret'] as const);

const capabilities = z
  .array(z.enum(CAPABILITIES))
  .min(1, { error: 'must name a capability; without the member, the token has all of them' })
  .max(CAPABILITIES.length);

const appPortalAccessFields = {
  /** What the token may do; default: everything that portals may. */
  capabilities: capabilities.nullish(),
  /** The same as `capabilities: ["ViewBase"]`; capabilities, if given too, must be read-only ones. */
  readOnly: z.boolean().nullish(),
  /** A session of the caller's choice: all of its tokens can be ended together. */
  sessionId: sessionId.nullish(),
  /** The token sees event types with one of these flags, besides those without a flag. */
  featureFlags: uniqueList(name256, 0, 100).nullish(),
  /** Seconds until the token expires: an hour to a week, the default. */
  expiry: z.int().min(HOUR_S).max(MOST_SESSION_S).nullish(),
  /** Created first when the application in the path does not exist; its uid must be the one in the path. */
  application: inlineApplication.nullish(),
};
export const appPortalAccessIn: z.ZodObject<typeof appPortalAccessFields, z.core.$strict> =
  z.strictObject(appPortalAccessFields);

/** `appPortalAccessIn` for checking requests. */
export const checkedAppPortalAccessIn = appPortalAccessIn.refine(
  ({ readOnly, capabilities: given }) =>
    readOnly !== true || !given || given.every((capability) => VIEWS.has(capability)),
  {
    path: ['readOnly'],
    error: `may be true only with capabilities that change nothing: ${[...VIEWS].join(', ')}`,
  },
);

export const DEFAULT_EXPIRY_S = MOST_SESSION_S;

const appPortalAccessOutFields = {
  /** The URL of the portal, with the token after a `#`. */
  url: z.string(),
  token: z.string(),
};
export const appPortalAccessOut: z.ZodObject<typeof appPortalAccessOutFields> =
  z.object(appPortalAccessOutFields);

const portalTokenOutFields = {
  token: z.string(),
  /** When the token expires; null: never. */
  expiresAt: timestamp.nullable(),
};
export const portalTokenOut: z.ZodObject<typeof portalTokenOutFields> =
  z.object(portalTokenOutFields);

const applicationTokenExpireFields = {
  /** Seconds until the tokens are refused; default: 0, at once. */
  expiry: expirySeconds.nullish(),
  /** Only tokens with one of these sessions; by default, and for an empty list: all tokens of the application. */
  sessionIds: z.array(sessionId).max(1000).nullish(),
};
export const applicationTokenExpireIn: z.ZodObject<
  typeof applicationTokenExpireFields,
  z.core.$strict
> = z.strictObject(applicationTokenExpireFields);

const whoamiOutFields = {
  /** The organization. */
  envId: z.string(),
  /** The one application that the token is limited to. */
  appId: z.string().nullable(),
  /** `SvixJwt`: a signed token; `RegionalAuthToken`: an API key. */
  permissionSource: z.enum(['SvixJwt', 'RegionalAuthToken', 'Unknown']),
  sessionId: z.string().nullable(),
  /** Additive: when the token expires; null: never. */
  expiresAt: timestamp.nullable(),
  /** Additive: what the token may do. */
  rights: z.array(z.enum(RIGHTS)),
};
export const whoamiOut: z.ZodObject<typeof whoamiOutFields> = z.object(whoamiOutFields);

export interface AppPortalAccessIn extends InputOf<typeof appPortalAccessFields> {}
export interface AppPortalAccessOut extends OutputOf<typeof appPortalAccessOutFields> {}
export interface PortalTokenOut extends OutputOf<typeof portalTokenOutFields> {}
export interface ApplicationTokenExpireIn extends InputOf<typeof applicationTokenExpireFields> {}
export interface WhoamiOut extends OutputOf<typeof whoamiOutFields> {}
