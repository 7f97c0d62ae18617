/**
 * A signature of an endpoint beside that of Standard Webhooks, in the form of another provider, so that
 * its receivers need no change. Texts hold parts in braces, and all else as it is.
 */
export interface SignatureTemplate {
  /** Values by name, of `{id}`, `{timestamp}` and `{signature}`. */
  readonly headers: Readonly<Record<string, string>>;
  /** What is signed, of `{id}`, `{timestamp}` and, once, `{body}`. */
  readonly content: string;
  readonly algorithm: 'hmac-sha1' | 'hmac-sha256' | 'hmac-sha512';
  readonly encoding: 'hex' | 'base64';
  /** Its UTF-8 bytes are the key; null: each of the endpoint's secrets that has not expired signs. Sealed. */
  readonly secret: string | null;
  /** Stands between the signatures of several secrets; null: only the first secret signs. */
  readonly join: string | null;
}

export const HEADER_PARTS: readonly string[] = ['id', 'timestamp', 'signature'];
export const CONTENT_PARTS: readonly string[] = ['id', 'timestamp', 'body'];

/** What is wrong with a text of parts; null: nothing. */
export function templateError(text: string, parts: readonly string[]): string | null {
  const rest = text.replaceAll(PART, (whole, name: string) => (parts.includes(name) ? '' : whole));
  if (!/[{}]/.test(rest)) return null;
  const known = parts.map((part) => `{${part}}`).join(', ');
  return `may hold braces only in ${known}`;
}

/** The text with the values of its parts; the values are not read for parts. */
export function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(PART, (whole, name: string) => values[name] ?? whole);
}

const PART = /\{([a-z]+)\}/g;
