import { type ClientCredentials, basicCredentials } from '../../domain/authentication.ts';
import { HEADER_VALUE, headerNameError } from '../../domain/header-field.ts';
import { basicAuthorization, withoutCredentials } from '../../domain/url-credentials.ts';
import { answered } from '../http-client/answered.ts';
import type { ExchangeResult, HttpRequest } from '../http-client/http-client.ts';

/** The request for a token (RFC 6749, sections 4.4.2 and 2.3.1). Throws for a header that can't be sent. */
export function tokenRequest(
  credentials: ClientCredentials,
  userAgent: string,
): Omit<HttpRequest, 'deadlineMs'> {
  const { tokenUrl, clientId, clientSecret, authMethod, scopes } = credentials;
  const url = new URL(tokenUrl);
  const fields = new URLSearchParams({ ...credentials.extraParams });
  fields.set('grant_type', 'client_credentials');
  if (scopes !== null && scopes.length > 0) fields.set('scope', scopes.join(' '));
  const ofUrl = basicAuthorization(url);
  const headers = new Map([
    ['host', `Host: ${url.host}`],
    ['user-agent', `User-Agent: ${userAgent}`],
    ['accept', 'Accept: application/json'],
    ['accept-encoding', 'Accept-Encoding: identity'],
  ]);
  if (ofUrl !== null) headers.set('authorization', `Authorization: ${ofUrl}`);
  for (const [name, value] of Object.entries(credentials.extraHeaders ?? {})) {
    // A second length would let one client's request run into that of another on the same connection.
    if (headerNameError(name) !== null || !HEADER_VALUE.test(value)) {
      throw new Error(`the header ${JSON.stringify(name)} of the token request can't be sent`);
    }
    headers.set(name.toLowerCase(), `${name}: ${value}`);
  }
  if (authMethod === 'clientSecretPost') {
    fields.set('client_id', clientId);
    fields.set('client_secret', clientSecret);
  } else {
    const basic = basicCredentials(formEncoded(clientId), formEncoded(clientSecret));
    headers.set('authorization', `Authorization: ${basic}`);
  }
  const body = Buffer.from(fields.toString());
  headers.set('content-type', 'Content-Type: application/x-www-form-urlencoded');
  headers.set('content-length', `Content-Length: ${body.length}`);
  headers.set('connection', 'Connection: keep-alive');
  const lines = [...headers.values()].map((line) => `${line}\r\n`);
  const head = `POST ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join('')}\r\n`;
  return { origin: url.origin, head, body };
}

function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

export interface AccessToken {
  readonly token: string;
  /** Lifetime of the token; null when the response does not tell it. */
  readonly holdsMs: number | null;
}

/** Reads the response of the token endpoint (sections 5.1 and 5.2): a token, or why there is none. */
export function readTokenAnswer(
  { tokenUrl }: ClientCredentials,
  { statusCode, failure, detail, response, location }: ExchangeResult,
): AccessToken | string {
  const from = `the token endpoint ${withoutCredentials(tokenUrl)}`;
  if (statusCode === null) return `${from} did not answer (${failure}): ${detail}`;
  const answer = objectIn(response);
  if (statusCode !== 200) {
    const { error } = answer;
    return `${from} ${answered(statusCode, location)}${typeof error === 'string' ? `, ${error.slice(0, 100)}` : ''}`;
  }
  const { access_token: token, token_type: type, expires_in: seconds } = answer;
  if (typeof token !== 'string' || !TOKEN.test(token)) {
    const missing = `${from} answered without an access_token in JSON of at most 4 KiB`;
    return detail === '' ? missing : `${missing}: ${detail}`;
  }
  if (typeof type === 'string' && type.toLowerCase() !== 'bearer') {
    return `${from} answered with a token whose type is not Bearer`;
  }
  const holdsS = Number(seconds ?? Number.NaN);
  return { token, holdsMs: holdsS > 0 ? holdsS * 1000 : null };
}

function objectIn(text: string): Record<string, unknown> {
  try {
    // RFC 8259, section 8.1: a byte order mark may be ignored.
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

const TOKEN = /^[\x21-\x7e]+$/;
