import type { z } from 'zod';
import type { Authentication, ClientCredentials } from '../../domain/authentication.ts';
import { type FieldError, invalid } from '../../domain/errors.ts';
import { isHiddenValue } from '../../domain/header-field.ts';
import { basicAuthorization, nextUrl } from '../../domain/url-credentials.ts';
import { fieldError } from '../validation.ts';
import type { oauthIn } from './authentication-schemas.ts';

type Values = Readonly<Record<string, string>>;

/**
 * The stored form of the OAuth 2 settings that were given at `place`. Stored secrets of the same client stay when
 * they are left out, or given as they are shown. Null: the client secret is neither given nor stored. Throws
 * `validation` for credentials that can't be sent.
 */
export function clientCredentials(
  stored: Authentication | null,
  given: Omit<z.output<typeof oauthIn>, 'grantType'>,
  ...place: string[]
): ClientCredentials | null {
  const same = stored?.type === 'oauth2' && stored.clientId === given.clientId ? stored : undefined;
  const clientSecret = given.clientSecret ?? same?.clientSecret;
  if (clientSecret === undefined) return null;
  const { authMethod, clientId } = given;
  const scopes = given.scopes ?? null;
  const inBody = authMethod === 'clientSecretPost';
  const errors: FieldError[] = [];
  const refuse = (msg: string, ...at: string[]) =>
    errors.push(fieldError(msg, 'body', ...place, ...at));

  const tokenUrl = nextUrl(same?.tokenUrl, given.tokenUrl);
  if (!inBody && basicAuthorization(new URL(tokenUrl)) !== null) {
    refuse(`must have no user name and password ${WITH_BASIC}`, 'tokenUrl');
  }
  const ownParams = [
    'grant_type',
    ...(scopes !== null && scopes.length > 0 ? ['scope'] : []),
    ...(inBody ? ['client_id', 'client_secret'] : []),
  ];
  const extraParams = nextValues(same?.extraParams, given.extraParams, (name, msg) =>
    refuse(msg, 'extraParams', name),
  );
  for (const name of ownParams) {
    if (Object.hasOwn(extraParams ?? {}, name))
      refuse('is set by another field', 'extraParams', name);
  }
  const extraHeaders = nextValues(same?.extraHeaders, given.extraHeaders, (name, msg) =>
    refuse(msg, 'extraHeaders', name),
  );
  for (const name of Object.keys(extraHeaders ?? {})) {
    const lower = name.toLowerCase();
    if (lower === 'content-type') refuse('cannot be overridden', 'extraHeaders', name);
    if (lower === 'authorization' && !inBody) {
      refuse(`cannot be set ${WITH_BASIC}`, 'extraHeaders', name);
    }
  }
  if (errors.length > 0) throw invalid(errors);
  return {
    type: 'oauth2',
    tokenUrl,
    clientId,
    clientSecret,
    authMethod,
    scopes,
    extraParams,
    extraHeaders,
  };
}

/** `given`, with the stored value for each that is given as it is shown. */
function nextValues(
  stored: Values | null | undefined,
  given: Values | null | undefined,
  refuse: (name: string, msg: string) => void,
): Values | null {
  if (given === null || given === undefined) return null;
  const entries = Object.entries(given).map(([name, value]) => {
    if (!isHiddenValue(name, value)) return [name, value] as const;
    const kept = stored && Object.hasOwn(stored, name) ? stored[name] : undefined;
    if (kept === undefined) refuse(name, 'is only shown so: no value is stored here');
    return [name, kept ?? value] as const;
  });
  return Object.fromEntries(entries);
}

const WITH_BASIC =
  "with clientSecretBasic: the Authorization header carries the client's credentials";
