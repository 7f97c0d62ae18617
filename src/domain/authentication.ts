/** Authentication of requests to an endpoint, in the header `Authorization`. Sealed at rest, never shown. */
export type Authentication = BasicAuthentication | BearerAuthentication | ClientCredentials;

/** RFC 7617, in UTF-8. */
export interface BasicAuthentication {
  readonly type: 'basic';
  readonly username: string;
  readonly password: string;
}

/** RFC 6750, section 2.1. */
export interface BearerAuthentication {
  readonly type: 'bearer';
  readonly token: string;
}

/** RFC 6749, section 4.4: an access token is requested and sent as a bearer token. */
export interface ClientCredentials {
  readonly type: 'oauth2';
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Where the client's id and secret are: in `Authorization`, or in the body (section 2.3.1). */
  readonly authMethod: 'clientSecretBasic' | 'clientSecretPost';
  readonly scopes: readonly string[] | null;
  /** More parameters of the token request, such as `audience`. */
  readonly extraParams: Readonly<Record<string, string>> | null;
  readonly extraHeaders: Readonly<Record<string, string>> | null;
}

/** Certificates for TLS connections to one endpoint. Sealed at rest. */
export interface EndpointTls {
  /** The client's certificates and its private key in PEM form; null: none. */
  readonly identity: string | null;
  /** The only authorities (PEM) that may have issued the receiver's certificate; null: the usual ones. */
  readonly authorities: string | null;
}

export function basicCredentials(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

export const CERTIFICATE: RegExp = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
/** Also of PKCS#1 and SEC 1; not encrypted. */
export const PRIVATE_KEY: RegExp =
  /-----BEGIN (?:RSA |EC )?PRIVATE KEY-----[^-]+-----END (?:RSA |EC )?PRIVATE KEY-----/;
