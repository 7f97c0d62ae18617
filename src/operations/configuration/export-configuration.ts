import type { Application } from '../../domain/application.ts';
import type { Authentication } from '../../domain/authentication.ts';
import type { Endpoint } from '../../domain/endpoint.ts';
import { shownValues } from '../../domain/header-field.ts';
import { withoutCredentials } from '../../domain/url-credentials.ts';
import { toHeadersOut } from '../endpoints/endpoint-out.ts';
import { toPolicyOut } from '../policy.ts';
import type { ConfiguredApplicationOut, ConfiguredEndpointOut } from './configuration-schemas.ts';

export function toConfiguredApplication(
  application: Application,
  endpoints: readonly Endpoint[],
  withSecrets: boolean,
): ConfiguredApplicationOut {
  return {
    ...identityOf(application),
    name: application.name,
    throttleRate: application.rateLimit,
    payloadRetentionPeriod: application.payloadRetentionDays,
    metadata: { ...application.metadata },
    policy: toPolicyOut(application.policy),
    endpoints: endpoints
      .toSorted((one, other) => compareIdentity(one, other))
      .map((endpoint) => toConfiguredEndpoint(endpoint, withSecrets)),
  };
}

function toConfiguredEndpoint(endpoint: Endpoint, withSecrets: boolean): ConfiguredEndpointOut {
  const shownUrl = withSecrets ? endpoint.url : withoutCredentials(endpoint.url);
  const { headers, sensitive } = withSecrets
    ? { headers: { ...endpoint.headers }, sensitive: [] }
    : toHeadersOut(endpoint.headers);
  const { tls, signature, transformation } = endpoint;
  const withheld = [
    ...(shownUrl === endpoint.url ? [] : ['url']),
    ...(withSecrets || !tls?.identity ? [] : ['tls.identity']),
    ...(withSecrets || !signature?.secret ? [] : ['signature.secret']),
    ...(withSecrets || !transformation?.variables ? [] : ['transformation.variables']),
    ...sensitive.map((name) => `headers.${name}`),
  ];
  return {
    ...identityOf(endpoint),
    url: shownUrl,
    description: endpoint.description,
    eventTypes: endpoint.eventTypes && [...endpoint.eventTypes],
    channels: endpoint.channels && [...endpoint.channels],
    filter: endpoint.filter && structuredClone(endpoint.filter),
    // Leave out a disabling by the engine: it is not configuration, and an import of an older document would undo it.
    ...(endpoint.disabled?.reason === 'manual' && { disabled: true }),
    throttleRate: endpoint.rateLimit,
    version: endpoint.version,
    metadata: { ...endpoint.metadata },
    concurrency: endpoint.concurrency,
    ordered: endpoint.ordered,
    policy: toPolicyOut(endpoint.policy),
    headers,
    authentication: endpoint.authentication && shown(endpoint.authentication, withSecrets),
    tls: tls && {
      authorities: tls.authorities,
      ...((withSecrets || tls.identity === null) && { identity: tls.identity }),
    },
    signature: signature && {
      headers: { ...signature.headers },
      content: signature.content,
      algorithm: signature.algorithm,
      encoding: signature.encoding,
      join: signature.join,
      ...((withSecrets || signature.secret === null) && { secret: signature.secret }),
    },
    transformation: transformation && {
      code: transformation.code,
      enabled: transformation.enabled,
      ...((withSecrets || transformation.variables === null) && {
        variables: transformation.variables && { ...transformation.variables },
      }),
    },
    ...(withSecrets && { secret: endpoint.secrets[0]?.key ?? '' }),
    ...(withheld.length > 0 && { withheld }),
  };
}

function shown(
  authentication: Authentication,
  withSecrets: boolean,
): NonNullable<ConfiguredEndpointOut['authentication']> {
  if (withSecrets) return { ...structuredClone(authentication) };
  switch (authentication.type) {
    case 'basic':
      return { type: 'basic', username: authentication.username };
    case 'bearer':
      return { type: 'bearer' };
    case 'oauth2': {
      const { clientSecret: _, tokenUrl, ...others } = structuredClone(authentication);
      const { extraParams, extraHeaders } = others;
      return {
        ...others,
        extraParams: extraParams && shownValues(extraParams),
        extraHeaders: extraHeaders && shownValues(extraHeaders),
        tokenUrl: withoutCredentials(tokenUrl),
      };
    }
  }
}

interface Identified {
  readonly id: string;
  readonly uid: string | null;
}

function identityOf({ id, uid }: Identified): { uid: string } | { id: string } {
  return uid === null ? { id } : { uid };
}

/** Sorts by uid, then by id, so that documents of two installations can be compared. */
export function compareIdentity(one: Identified, other: Identified): number {
  const [a, b] = [sortKey(one), sortKey(other)];
  return a < b ? -1 : a > b ? 1 : 0;
}

function sortKey({ id, uid }: Identified): string {
  return uid === null ? `1${id}` : `0${uid}`;
}
