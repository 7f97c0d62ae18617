import { X509Certificate, createPrivateKey } from 'node:crypto';
import { z } from 'zod';
import { CERTIFICATE, PRIVATE_KEY } from '../../domain/authentication.ts';
import type { InputOf, OutputOf } from '../field-types.ts';
import { recordOf } from '../fields.ts';
import { notOffered } from '../not-offered.ts';
import { headers } from './endpoint-headers.ts';
import { url } from './endpoint-url.ts';

const secretText = z.string().min(1).max(4096);
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\x00-\x1f\x7f]/;
const credential = z
  .string()
  .max(1024)
  .refine((text) => !CONTROL.test(text), { error: 'must not contain control characters' });

export const authenticationIn = z.discriminatedUnion(
  'type',
  [
    z.strictObject({
      type: z.literal('basic'),
      username: credential.refine((text) => !text.includes(':'), {
        error: 'must not contain a colon',
      }),
      password: credential,
    }),
    z.strictObject({
      type: z.literal('bearer'),
      token: secretText.regex(/^[\x21-\x7e]*$/, {
        error: 'may hold only visible ASCII characters without blanks',
      }),
    }),
  ],
  { error: 'must have a type: "basic" or "bearer"; OAuth 2 is set at …/oauth' },
);

const authenticationOutFields = {
  type: z.enum(['basic', 'bearer', 'oauth2']).nullable(),
  /** With `basic`. Passwords and tokens are never shown. */
  username: z.string().nullable(),
};

export const oauthFields = {
  grantType: z.literal('clientCredentials', {
    error: 'must be "clientCredentials"; "refreshToken" is not supported',
  }),
  authMethod: z.enum(['clientSecretBasic', 'clientSecretPost']),
  clientId: secretText,
  /** Absent or null: the stored secret of this `clientId` stays. */
  clientSecret: secretText.nullish(),
  tokenUrl: url,
  scopes: z
    .array(
      z
        .string()
        .max(256)
        .regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, { error: 'is not a valid scope' }),
    )
    .max(100)
    .nullish(),
  extraParams: recordOf(z.string().max(4096), 20).nullish(),
  extraHeaders: headers.nullish(),
};
export const oauthIn: z.ZodObject<typeof oauthFields, z.core.$strict> = z.strictObject(oauthFields);
export const checkedOauthIn = oauthIn.extend({
  jwtParams: notOffered(),
  refreshToken: notOffered(),
});

const oauthOutFields = {
  grantType: z.literal('clientCredentials'),
  authMethod: z.enum(['clientSecretBasic', 'clientSecretPost']),
  clientId: z.string(),
  tokenUrl: z.string(),
  scopes: z.array(z.string()).nullable(),
  extraParams: z.record(z.string(), z.string()).nullable(),
  extraHeaders: z.record(z.string(), z.string()).nullable(),
};

export const tlsFields = {
  /** PEM: the client certificate, its intermediate certificates, and its private key. */
  identity: z.string().max(65_536).superRefine(checkWith(identityError)).nullish(),
  /** Additive. PEM: only these authorities are trusted for the receiver's certificate, not the usual ones. */
  authorities: z.string().max(65_536).superRefine(checkWith(authoritiesError)).nullish(),
};
export const tlsIn: z.ZodObject<typeof tlsFields, z.core.$strict> = z
  .strictObject(tlsFields)
  .refine(({ identity, authorities }) => Boolean(identity ?? authorities), {
    path: ['identity'],
    error: 'is required unless authorities is given',
  });

const shownCertificate = z.object({
  subject: z.string(),
  issuer: z.string(),
  expiresAt: z.string(),
});
/** All fields are additive: Svix shows nothing of the identity. */
const tlsOutFields = {
  certificates: z.array(shownCertificate),
  authorities: z.array(shownCertificate),
};

export const authenticationOut = z.object(authenticationOutFields);
export const endpointOauthConfigOut = z.object(oauthOutFields);
export const endpointOauthOut = z.object({
  enabled: z.boolean(),
  config: endpointOauthConfigOut.nullable(),
});
export const endpointMtlsConfigOut = z.object(tlsOutFields);
export const endpointMtlsOut = z.object({
  enabled: z.boolean(),
  config: endpointMtlsConfigOut.nullable(),
});

export type AuthenticationIn = z.input<typeof authenticationIn>;
export interface AuthenticationOut extends OutputOf<typeof authenticationOutFields> {}
export interface EndpointOauthConfigIn extends InputOf<typeof oauthFields> {}
export interface EndpointOauthConfigOut extends OutputOf<typeof oauthOutFields> {}
export interface EndpointOauthOut {
  enabled: boolean;
  config: EndpointOauthConfigOut | null;
}
export interface EndpointMtlsConfigIn extends InputOf<typeof tlsFields> {}
export interface EndpointMtlsConfigOut extends OutputOf<typeof tlsOutFields> {}
export interface EndpointMtlsOut {
  enabled: boolean;
  config: EndpointMtlsConfigOut | null;
}

function checkWith(errorIn: (text: string) => string | null) {
  return (
    text: string,
    context: { addIssue(issue: { code: 'custom'; message: string }): void },
  ) => {
    const message = errorIn(text);
    if (message !== null) context.addIssue({ code: 'custom', message });
  };
}

function authoritiesError(text: string): string | null {
  const certificates = text.match(CERTIFICATE) ?? [];
  if (certificates.length === 0) {
    return 'holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)';
  }
  const broken = certificates.findIndex((pem) => certificateOf(pem) === null);
  return broken === -1 ? null : `certificate ${broken + 1} is malformed`;
}

function identityError(text: string): string | null {
  const error = authoritiesError(text);
  if (error !== null) return error;
  const key = PRIVATE_KEY.exec(text)?.[0];
  if (key === undefined) {
    return 'holds no private key in PEM form (-----BEGIN PRIVATE KEY-----, not encrypted)';
  }
  try {
    const own = new X509Certificate(text.match(CERTIFICATE)?.[0] ?? '');
    const belongs = own.checkPrivateKey(createPrivateKey(key));
    return belongs ? null : 'the private key does not belong to the first certificate';
  } catch {
    return 'the private key is malformed';
  }
}

export function certificateOf(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    return null;
  }
}
