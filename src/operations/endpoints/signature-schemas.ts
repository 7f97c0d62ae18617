import { z } from 'zod';
import { HEADER_VALUE } from '../../domain/header-field.ts';
import { CONTENT_PARTS, HEADER_PARTS, templateError } from '../../domain/signature-template.ts';
import type { InputOf, OutputOf } from '../field-types.ts';
import { headers } from './endpoint-headers.ts';

const MAX_HEADERS = 5;

/** All fields are additive. */
export const signatureFields = {
  /** Values by header name, with the parts `{id}`, `{timestamp}` and `{signature}`. */
  headers: headers.superRefine((given, context) => {
    const values = Object.entries(given);
    for (const [name, text] of values) {
      const message = templateError(text, HEADER_PARTS);
      if (message !== null) context.addIssue({ code: 'custom', path: [name], message });
    }
    if (values.length > MAX_HEADERS) {
      context.addIssue({ code: 'custom', message: `must have at most ${MAX_HEADERS} entries` });
    }
    if (!values.some(([, text]) => text.includes('{signature}'))) {
      context.addIssue({ code: 'custom', message: 'must have {signature} in one of them' });
    }
  }),
  /** The signed text, with the parts `{id}`, `{timestamp}` and, once, `{body}`. */
  content: z
    .string()
    .max(1024)
    .superRefine((text, context) => {
      const message =
        templateError(text, CONTENT_PARTS) ??
        (text.split('{body}').length === 2 ? null : 'must have {body} once');
      if (message !== null) context.addIssue({ code: 'custom', message });
    }),
  /** Default `hmac-sha256`. */
  algorithm: z.enum(['hmac-sha1', 'hmac-sha256', 'hmac-sha512']).nullish(),
  /** Default `hex`. */
  encoding: z.enum(['hex', 'base64']).nullish(),
  /** The key, as UTF-8 text. Absent: the stored one stays; null: the endpoint's secrets sign. */
  secret: z.string().min(1).max(1024).nullish(),
  /** The text between the signatures of several secrets during a rotation; null or absent: only the newest signs. */
  join: z.string().max(64).regex(HEADER_VALUE).nullish(),
};
export const signatureIn: z.ZodObject<typeof signatureFields, z.core.$strict> =
  z.strictObject(signatureFields);

const signatureOutFields = {
  headers: z.record(z.string(), z.string()),
  content: z.string(),
  algorithm: z.enum(['hmac-sha1', 'hmac-sha256', 'hmac-sha512']),
  encoding: z.enum(['hex', 'base64']),
  join: z.string().nullable(),
  /** Whether the signature has a secret of its own, which is never shown. */
  hasSecret: z.boolean(),
};

export const endpointSignatureOut = z.object(signatureOutFields);
export const endpointSignatureConfigOut = z.object({
  enabled: z.boolean(),
  config: endpointSignatureOut.nullable(),
});

export interface EndpointSignatureIn extends InputOf<typeof signatureFields> {}
export interface EndpointSignatureOut extends OutputOf<typeof signatureOutFields> {}
export interface EndpointSignatureConfigOut {
  enabled: boolean;
  config: EndpointSignatureOut | null;
}
