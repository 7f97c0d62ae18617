import { createHmac } from 'node:crypto';
import type { EndpointSecret } from './endpoint.ts';
import { type SignatureTemplate, filled } from './signature-template.ts';
import { parseSecret } from './signatures.ts';

/** The header lines of one request. Throws when no secret can sign. */
export type TemplateSigner = (
  messageId: string,
  timestampSeconds: number,
  body: Buffer,
  now: number,
) => string;

export function compileSignature(
  template: SignatureTemplate,
  secrets: readonly EndpointSecret[],
): TemplateSigner {
  const { headers, content, algorithm, encoding, join } = template;
  const hash = algorithm.slice('hmac-'.length);
  // Parsed at the first use, so that a malformed stored secret fails attempts, not the reading of the endpoint.
  let keys: Keys | null = null;
  const [before = '', after = ''] = content.split('{body}');
  return (id, timestamp, body, now) => {
    const values = { id, timestamp: String(timestamp) };
    keys ??= keysOf(template, secrets);
    const usable = keys.filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
    if (usable.length === 0)
      throw new Error('the endpoint has no secret for its further signature');
    const signatures = usable
      .slice(0, join === null ? 1 : undefined)
      .map(({ bytes }) =>
        createHmac(hash, bytes)
          .update(filled(before, values))
          .update(body)
          .update(filled(after, values))
          .digest(encoding),
      );
    const all = { ...values, signature: signatures.join(join ?? '') };
    const lines = Object.entries(headers).map(
      ([name, text]) => `${name}: ${filled(text, all)}\r\n`,
    );
    return lines.join('');
  };
}

type Keys = readonly { readonly bytes: Buffer; readonly expiresAt: number | null }[];

function keysOf({ secret }: SignatureTemplate, secrets: readonly EndpointSecret[]): Keys {
  if (secret !== null) return [{ bytes: Buffer.from(secret), expiresAt: null }];
  return secrets.flatMap(({ key, expiresAt }) => {
    const { scheme, text } = parseSecret(key);
    if (scheme !== 'v1') return [];
    return [{ bytes: Buffer.from(text.slice('whsec_'.length), 'base64'), expiresAt }];
  });
}
