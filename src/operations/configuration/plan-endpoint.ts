import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import type { Application } from '../../domain/application.ts';
import type { Authentication, EndpointTls } from '../../domain/authentication.ts';
import type { Endpoint } from '../../domain/endpoint.ts';
import { invalid } from '../../domain/errors.ts';
import { generateAsymmetricSecret, generateSecret, parseSecret } from '../../domain/signatures.ts';
import { nextUrl, withoutCredentials } from '../../domain/url-credentials.ts';
import type { Context } from '../context.ts';
import { clientCredentials } from '../endpoints/client-credentials.ts';
import { tooManyHeaders } from '../endpoints/endpoint-headers.ts';
import { rotateSecrets } from '../endpoints/endpoint-secrets.ts';
import { patched } from '../endpoints/endpoint-transformation.ts';
import { nullIfEmpty } from '../null-if-empty.ts';
import { fieldError, missing } from '../validation.ts';
import type { configuredEndpoint } from './configuration-schemas.ts';

type Given = z.output<typeof configuredEndpoint>;

/**
 * The endpoint as the document describes it. Absent members keep their stored value, or get their default in a
 * new endpoint. Throws `validation` for secrets that neither the document nor the stored endpoint has.
 */
export function planEndpoint(
  context: Context,
  application: Application,
  current: Endpoint | null,
  newId: string | null,
  given: Given,
): Endpoint {
  const now = context.clock.now();
  refuseLost(current, given);
  const found = current ?? newEndpoint(context, application, newId, given, now);
  const headers = headersOf(found, given);
  if (tooManyHeaders(headers)) {
    throw invalid([fieldError('would exceed 50 headers', 'body', 'headers')]);
  }
  return {
    ...found,
    url: nextUrl(found.url, given.url),
    ...(given.description !== undefined && { description: given.description ?? '' }),
    ...(given.eventTypes !== undefined && { eventTypes: nullIfEmpty(given.eventTypes) }),
    ...(given.channels !== undefined && { channels: nullIfEmpty(given.channels) }),
    ...(given.filter !== undefined && { filter: given.filter }),
    ...(given.throttleRate !== undefined && { rateLimit: given.throttleRate }),
    ...(given.version !== undefined && { version: given.version ?? 1 }),
    ...(given.metadata !== undefined && { metadata: given.metadata ?? {} }),
    ...(given.concurrency !== undefined && { concurrency: given.concurrency }),
    ...(typeof given.ordered === 'boolean' && { ordered: given.ordered }),
    ...(given.policy !== undefined && { policy: given.policy ?? {} }),
    ...(typeof given.disabled === 'boolean' && {
      disabled: given.disabled ? (found.disabled ?? { at: now, reason: 'manual' }) : null,
    }),
    headers,
    ...(given.authentication !== undefined && {
      authentication:
        given.authentication && authenticationOf(found.authentication, given.authentication),
    }),
    ...(given.tls !== undefined && { tls: given.tls && tlsOf(found.tls, given.tls) }),
    ...(given.signature !== undefined && {
      signature: given.signature && signatureOf(found.signature, given.signature),
    }),
    ...(given.transformation !== undefined && {
      transformation:
        given.transformation && transformationOf(found.transformation, given.transformation, now),
    }),
    secrets: secretsOf(found, given.secret, now),
  };
}

function newEndpoint(
  { ids, signatureType }: Context,
  { id: applicationId, organizationId }: Application,
  newId: string | null,
  { uid, url, secret }: Given,
  now: number,
): Endpoint {
  const generated = signatureType === 'ed25519' ? generateAsymmetricSecret : generateSecret;
  return {
    id: newId ?? ids.next('ep'),
    organizationId,
    applicationId,
    uid: uid ?? null,
    url,
    description: '',
    version: 1,
    eventTypes: null,
    channels: null,
    filter: null,
    metadata: {},
    headers: {},
    authentication: null,
    transformation: null,
    tls: null,
    signature: null,
    secrets: [{ key: secret ? parseSecret(secret).text : generated(), expiresAt: null }],
    rateLimit: null,
    concurrency: null,
    ordered: false,
    policy: {},
    disabled: null,
    pausedAt: null,
    health: { failingSince: null, lastFailedAt: null, failedCount: 0 },
    createdAt: now,
    updatedAt: now,
  };
}

/** Refuses an endpoint without its withheld secrets: its receiver would refuse the requests. */
function refuseLost(current: Endpoint | null, { url, withheld }: Given): void {
  const lost = (withheld ?? []).filter((name) => {
    if (name === 'url') {
      return (
        current === null ||
        withoutCredentials(current.url) !== url ||
        current.url === withoutCredentials(current.url)
      );
    }
    if (name === 'tls.identity') return !current?.tls?.identity;
    if (name === 'signature.secret') return !current?.signature?.secret;
    if (name === 'transformation.variables') return !current?.transformation?.variables;
    return headerOf(current, name) === undefined;
  });
  if (lost.length === 0) return;
  throw invalid(
    lost.map((name) =>
      fieldError(`${name} is neither in the document nor stored here: ${HOW}`, 'body', 'withheld'),
    ),
  );
}

const HOW = 'export with secrets, or add it to the document';

function headerOf(current: Endpoint | null, withheldName: string): [string, string] | undefined {
  const name = withheldName.slice('headers.'.length).toLowerCase();
  return Object.entries(current?.headers ?? {}).find(([one]) => one.toLowerCase() === name);
}

function headersOf(found: Endpoint, { headers, withheld }: Given): Endpoint['headers'] {
  if (headers === undefined) return found.headers;
  const stay = (withheld ?? [])
    .filter((name) => name.startsWith('headers.'))
    .map((name) => headerOf(found, name))
    .filter((entry) => entry !== undefined);
  return { ...Object.fromEntries(stay), ...headers };
}

function authenticationOf(
  stored: Authentication | null,
  given: NonNullable<Given['authentication']>,
): Authentication {
  switch (given.type) {
    case 'basic': {
      const { username } = given;
      const same = stored?.type === 'basic' && stored.username === username ? stored : null;
      const password = given.password ?? same?.password;
      if (password === undefined) throw lacking('password');
      return { type: 'basic', username, password };
    }
    case 'bearer': {
      const token = given.token ?? (stored?.type === 'bearer' ? stored.token : undefined);
      if (token === undefined) throw lacking('token');
      return { type: 'bearer', token };
    }
    case 'oauth2': {
      const credentials = clientCredentials(stored, given, 'authentication');
      if (credentials === null) throw lacking('clientSecret');
      return credentials;
    }
  }
}

function lacking(name: string) {
  return invalid([missing(`is required: ${HOW}`, 'body', 'authentication', name)]);
}

function tlsOf(stored: EndpointTls | null, given: NonNullable<Given['tls']>): EndpointTls | null {
  const identity = given.identity === undefined ? (stored?.identity ?? null) : given.identity;
  const authorities = given.authorities ?? null;
  return identity === null && authorities === null ? null : { identity, authorities };
}

function signatureOf(
  stored: Endpoint['signature'],
  given: NonNullable<Given['signature']>,
): NonNullable<Endpoint['signature']> {
  return {
    headers: given.headers,
    content: given.content,
    algorithm: given.algorithm ?? 'hmac-sha256',
    encoding: given.encoding ?? 'hex',
    secret: given.secret === undefined ? (stored?.secret ?? null) : given.secret,
    join: given.join ?? null,
  };
}

function transformationOf(
  stored: Endpoint['transformation'],
  given: NonNullable<Given['transformation']>,
  now: number,
): NonNullable<Endpoint['transformation']> {
  const wanted = patched(stored, given, 'transformation');
  // Compare without `updatedAt`: a second import of the same document must not change anything.
  const unchanged = { ...wanted, updatedAt: stored?.updatedAt ?? now };
  return isDeepStrictEqual(unchanged, stored) ? unchanged : { ...wanted, updatedAt: now };
}

/** A different secret is a rotation: the previous one signs as well for a day. */
function secretsOf(
  { secrets }: Endpoint,
  secret: string | null | undefined,
  now: number,
): Endpoint['secrets'] {
  if (!secret || parseSecret(secret).text === secrets[0]?.key) return secrets;
  return rotateSecrets(secrets, { key: secret }, now);
}
