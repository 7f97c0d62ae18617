import type { z } from 'zod';
import type { Authentication, ClientCredentials } from '../../domain/authentication.ts';
import { invalid } from '../../domain/errors.ts';
import { basicAuthorization, nextUrl } from '../../domain/url-credentials.ts';
import { fieldError } from '../validation.ts';
import type { oauthIn } from './authentication-schemas.ts';

/**
 * The stored form of the OAuth 2 settings that were given at `place`. Stored secrets of the same client stay when
 * they are left out. Null: the client secret is neither given nor stored. Throws `validation` for credentials
 * that can't be sent.
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
  const tokenUrl = nextUrl(same?.tokenUrl, given.tokenUrl);
  if (authMethod === 'clientSecretBasic' && basicAuthorization(new URL(tokenUrl)) !== null) {
    const msg = 'must have no user name and password with clientSecretBasic';
    throw invalid([
      fieldError(
        `${msg}: the Authorization header carries the client's credentials`,
        'body',
        ...place,
        'tokenUrl',
      ),
    ]);
  }
  return {
    type: 'oauth2',
    tokenUrl,
    clientId,
    clientSecret,
    authMethod,
    scopes: given.scopes ?? null,
    extraParams: given.extraParams ?? null,
    extraHeaders: given.extraHeaders ?? null,
  };
}
