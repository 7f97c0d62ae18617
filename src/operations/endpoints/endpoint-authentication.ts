import type { Context } from '../context.ts';
import { type Authentication, CERTIFICATE, type EndpointTls } from '../../domain/authentication.ts';
import type { Endpoint } from '../../domain/endpoint.ts';
import { invalid, notFound } from '../../domain/errors.ts';
import { shownValues } from '../../domain/header-field.ts';
import { withoutCredentials } from '../../domain/url-credentials.ts';
import type { Principal } from '../principal.ts';
import { check, missing } from '../validation.ts';
import {
  type AuthenticationOut,
  type EndpointMtlsConfigOut,
  type EndpointOauthConfigOut,
  authenticationIn,
  certificateOf,
  checkedOauthIn,
  tlsIn,
} from './authentication-schemas.ts';
import { clientCredentials } from './client-credentials.ts';
import type { EndpointAuthenticationOperations } from './endpoint-operations.ts';
import { allowedUrl } from './endpoint-url.ts';

/** What these operations need from the operations of endpoints. */
export interface EndpointAccess {
  readonly find: (principal: Principal, app: string, endpoint: string) => Promise<Endpoint>;
  readonly edit: (
    principal: Principal,
    app: string,
    endpoint: string,
    apply: (endpoint: Endpoint) => Endpoint,
  ) => Promise<Endpoint>;
}

/** Operations for the authentication of requests to an endpoint. Secrets can be set and are never shown. */
export function createEndpointAuthentication(
  { addressGuard, endpointHttpsOnly }: Pick<Context, 'addressGuard' | 'endpointHttpsOnly'>,
  { find, edit }: EndpointAccess,
): EndpointAuthenticationOperations {
  const oauthSchema = checkedOauthIn.extend({
    tokenUrl: allowedUrl(addressGuard, endpointHttpsOnly),
  });

  return {
    async getAuthentication(principal, app, endpoint) {
      return toAuthenticationOut((await find(principal, app, endpoint)).authentication);
    },

    async setAuthentication(principal, app, endpoint, input) {
      const authentication = check(authenticationIn, input, 'body');
      await edit(principal, app, endpoint, (current) => ({ ...current, authentication }));
    },

    async deleteAuthentication(principal, app, endpoint) {
      await edit(principal, app, endpoint, (current) => ({ ...current, authentication: null }));
    },

    async getOauth(principal, app, endpoint) {
      const config = toOauthOut((await find(principal, app, endpoint)).authentication);
      if (config === null) throw notFound('The OAuth configuration of endpoint', endpoint);
      return config;
    },

    async getOauthConfig(principal, app, endpoint) {
      const config = toOauthOut((await find(principal, app, endpoint)).authentication);
      return { enabled: config !== null, config };
    },

    async setOauth(principal, app, endpoint, input) {
      const given = check(oauthSchema, input, 'body');
      await edit(principal, app, endpoint, (current) => {
        const authentication = clientCredentials(current.authentication, given);
        if (authentication !== null) return { ...current, authentication };
        throw invalid([missing('is required', 'body', 'clientSecret')]);
      });
    },

    async deleteOauth(principal, app, endpoint) {
      await edit(principal, app, endpoint, (current) =>
        current.authentication?.type === 'oauth2' ? { ...current, authentication: null } : current,
      );
    },

    async getMtls(principal, app, endpoint) {
      return toMtlsOut((await find(principal, app, endpoint)).tls ?? NO_TLS);
    },

    async getMtlsConfig(principal, app, endpoint) {
      const { tls } = await find(principal, app, endpoint);
      return { enabled: tls !== null, config: tls && toMtlsOut(tls) };
    },

    async setMtls(principal, app, endpoint, input) {
      const { identity, authorities } = check(tlsIn, input, 'body');
      const tls = { identity: identity ?? null, authorities: authorities ?? null };
      await edit(principal, app, endpoint, (current) => ({ ...current, tls }));
    },

    async deleteMtls(principal, app, endpoint) {
      await edit(principal, app, endpoint, (current) => ({ ...current, tls: null }));
    },
  };
}

const NO_TLS: EndpointTls = { identity: null, authorities: null };

function toAuthenticationOut(authentication: Authentication | null): AuthenticationOut {
  return {
    type: authentication?.type ?? null,
    username: authentication?.type === 'basic' ? authentication.username : null,
  };
}

function toOauthOut(authentication: Authentication | null): EndpointOauthConfigOut | null {
  if (authentication?.type !== 'oauth2') return null;
  const { authMethod, clientId, tokenUrl, scopes, extraParams, extraHeaders } = authentication;
  return {
    grantType: 'clientCredentials',
    authMethod,
    clientId,
    tokenUrl: withoutCredentials(tokenUrl),
    scopes: scopes && [...scopes],
    extraParams: extraParams && shownValues(extraParams),
    extraHeaders: extraHeaders && shownValues(extraHeaders),
  };
}

function toMtlsOut({ identity, authorities }: EndpointTls): EndpointMtlsConfigOut {
  return { certificates: shown(identity), authorities: shown(authorities) };
}

function shown(pem: string | null): EndpointMtlsConfigOut['certificates'] {
  return (pem?.match(CERTIFICATE) ?? []).flatMap((text) => {
    const certificate = certificateOf(text);
    if (certificate === null) return [];
    const { subject, issuer, validToDate } = certificate;
    return [{ subject, issuer, expiresAt: validToDate.toISOString() }];
  });
}
