import {
  type Authentication,
  type ClientCredentials,
  basicCredentials,
} from '../domain/authentication.ts';
import type { Application } from '../domain/application.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import { HEADER_NAME, HEADER_VALUE } from '../domain/header-field.ts';
import { JSON_MEDIA_TYPE } from '../domain/media-type.ts';
import { headersOf } from '../domain/message.ts';
import { type DeliveryPolicy, resolvePolicy } from '../domain/policy.ts';
import { type TemplateSigner, compileSignature } from '../domain/template-signer.ts';
import { basicAuthorization, withoutCredentials } from '../domain/url-credentials.ts';
import { type ChangedWebhook, runs } from '../domain/transformation.ts';
import type { EndpointInContext } from '../storage/storage.ts';

/** An endpoint prepared for sending: everything that is the same for all of its attempts. */
export interface Target {
  readonly endpoint: Endpoint;
  readonly application: Application;
  /** The endpoint's URL without user name and password. */
  readonly shownUrl: string;
  readonly origin: string;
  /**
   * Request line and headers for JSON, without those that depend on the message; an error when the
   * URL or a header can't be sent: each attempt fails with it.
   */
  readonly head: string | Error;
  /**
   * The same for another media type, or for a message with headers (`Message.headers`). The endpoint's own
   * headers replace the message's headers of the same name.
   */
  readonly headFor: (contentType: string, headers: string | null) => string | Error;
  /** Null unless the endpoint's requests need an access token. */
  readonly credentials: ClientCredentials | null;
  /** Null unless the endpoint has a signature of its own. */
  readonly signature: TemplateSigner | null;
  /**
   * Null unless a transformation changes the endpoint's requests: makes the request line and headers from the
   * transformation's result; an error as with `head`.
   */
  readonly changedHead:
    | ((changed: ChangedWebhook, contentType: string, headers: string | null) => string | Error)
    | null;
  readonly policy: DeliveryPolicy;
  readonly concurrency: number;
}

export interface TargetDefaults {
  readonly policy: DeliveryPolicy;
  readonly endpointConcurrency: number;
  readonly userAgent: string;
}

export function createTarget(
  { endpoint, application }: EndpointInContext,
  defaults: TargetDefaults,
): Target {
  const url = URL.parse(endpoint.url);
  const destination = destinationOf(url);
  const headFor = (contentType: string, headers: string | null) =>
    destination === null
      ? new Error('the URL is not an http or https URL')
      : requestHead(destination, endpoint, contentType, headersOf(headers), defaults);
  return {
    endpoint,
    application,
    shownUrl: withoutCredentials(endpoint.url),
    origin: url?.origin ?? endpoint.url,
    head: headFor(JSON_MEDIA_TYPE, null),
    headFor,
    credentials: endpoint.authentication?.type === 'oauth2' ? endpoint.authentication : null,
    signature: endpoint.signature && compileSignature(endpoint.signature, endpoint.secrets),
    changedHead:
      destination !== null && runs(endpoint.transformation)
        ? changedHeadOf(destination, endpoint, defaults)
        : null,
    policy: resolvePolicy(defaults.policy, application.policy, endpoint.policy),
    concurrency: endpoint.ordered ? 1 : (endpoint.concurrency ?? defaults.endpointConcurrency),
  };
}

/** The parts of a URL that requests need, kept for each endpoint: a URL object would take five times the memory. */
interface Destination {
  readonly host: string;
  readonly path: string;
  readonly authorization: string | null;
}

function destinationOf(url: URL | null): Destination | null {
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') return null;
  const { host, pathname, search } = url;
  return { host, path: `${pathname}${search}`, authorization: basicAuthorization(url) };
}

function changedHeadOf(
  destination: Destination,
  endpoint: Endpoint,
  defaults: TargetDefaults,
): NonNullable<Target['changedHead']> {
  return ({ method, path, headers }, contentType, given) => {
    const before = headersOf(given);
    const all = Object.entries(headers);
    // Headers that the program did not change are still the message's: the endpoint's own headers override them.
    const left = Object.fromEntries(all.filter(([name, value]) => before[name] === value));
    const made = Object.fromEntries(all.filter(([name, value]) => before[name] !== value));
    const own = Object.keys(made).map((name) => name.toLowerCase());
    const kept = Object.entries(endpoint.headers).filter(
      ([name]) => !own.includes(name.toLowerCase()),
    );
    const changed = { ...endpoint, headers: { ...Object.fromEntries(kept), ...made } };
    return requestHead(destination, changed, contentType, left, defaults, `${method} ${path}`);
  };
}

function requestHead(
  { host, path, authorization }: Destination,
  endpoint: Endpoint,
  contentType: string,
  ofMessage: Readonly<Record<string, string>>,
  { userAgent }: TargetDefaults,
  methodAndPath = `POST ${path}`,
): string | Error {
  const headers = new Map([
    // First, as RFC 9110, section 7.2, recommends.
    ['host', ['Host', host]],
    ['content-type', ['Content-Type', contentType]],
    ['user-agent', ['User-Agent', userAgent]],
    ['accept', ['Accept', '*/*']],
    ['accept-encoding', ['Accept-Encoding', 'identity']],
    ['connection', ['Connection', 'keep-alive']],
  ]);
  for (const [name, value] of Object.entries(ofMessage)) {
    headers.set(name.toLowerCase(), [name, value]);
  }
  if (authorization !== null) headers.set('authorization', ['Authorization', authorization]);
  for (const [name, value] of Object.entries(endpoint.headers)) {
    headers.set(name.toLowerCase(), [name, value]);
  }
  if (endpoint.authentication !== null) {
    headers.delete('authorization');
    const own = authorizationOf(endpoint.authentication);
    if (own !== null) headers.set('authorization', ['Authorization', own]);
  }
  for (const name of Object.keys(endpoint.signature?.headers ?? {})) {
    headers.delete(name.toLowerCase());
  }
  const lines = [`${methodAndPath} HTTP/1.1\r\n`];
  for (const [name = '', value = ''] of headers.values()) {
    // Registration refuses such headers, too; but even a stored one must not be able to end a line.
    if (!HEADER_NAME.test(name) || !HEADER_VALUE.test(value)) {
      return new Error(`the header ${JSON.stringify(name)} can't be sent`);
    }
    lines.push(`${name}: ${value}\r\n`);
  }
  // `join` makes a flat string; `+=` would keep a tree of twenty pieces in memory for each endpoint.
  return lines.join('');
}

/** Null for OAuth 2, whose access token is known only when the request is sent. */
function authorizationOf(authentication: Authentication): string | null {
  switch (authentication.type) {
    case 'basic':
      return basicCredentials(authentication.username, authentication.password);
    case 'bearer':
      return `Bearer ${authentication.token}`;
    case 'oauth2':
      return null;
  }
}
