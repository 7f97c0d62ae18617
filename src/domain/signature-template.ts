/**
 * A signature of an endpoint beside that of Standard Webhooks, in the form of another provider, so that
 * its receivers need no change. Texts may contain parts in braces; all other text is used unchanged.
 */
export interface SignatureTemplate {
  /** Values by header name, with the parts `{id}`, `{timestamp}` and `{signature}`. */
  readonly headers: Readonly<Record<string, string>>;
  /** The signed text, with the parts `{id}`, `{timestamp}` and, once, `{body}`. */
  readonly content: string;
  readonly algorithm: 'hmac-sha1' | 'hmac-sha256' | 'hmac-sha512';
  readonly encoding: 'hex' | 'base64';
  /** The key, as UTF-8 text; null: each unexpired secret of the endpoint signs. Sealed at rest. */
  readonly secret: string | null;
  /** The text between the signatures of several secrets; null: only the first secret signs. */
  readonly join: string | null;
}

export const HEADER_PARTS: readonly string[] = ['id', 'timestamp', 'signature'];
export const CONTENT_PARTS: readonly string[] = ['id', 'timestamp', 'body'];

/** The error in a text with parts; null when there is none. */
export function templateError(text: string, parts: readonly string[]): string | null {
  const rest = text.replaceAll(PART, (whole, name: string) => (parts.includes(name) ? '' : whole));
  if (!/[{}]/.test(rest)) return null;
  const known = parts.map((part) => `{${part}}`).join(', ');
  return `may hold braces only in ${known}`;
}

/** Replaces the parts with their values; parts within the values are not replaced. */
export function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(PART, (whole, name: string) => values[name] ?? whole);
}

const PART = /\{([a-z]+)\}/g;
