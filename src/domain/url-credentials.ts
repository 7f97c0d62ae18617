import { basicCredentials } from './authentication.ts';

/** The URL without user name and password, as it is shown. Text that is no URL stays as it is. */
export function withoutCredentials(url: string): string {
  if (!url.includes('@')) return url;
  const parsed = URL.parse(url);
  if (parsed === null) return url;
  parsed.username = '';
  parsed.password = '';
  return parsed.href;
}

/**
 * The URL to store when `given` was sent for one that is stored. Whoever reads a URL and sends it back
 * has not seen its user name and password, and keeps them.
 */
export function nextUrl(stored: string | undefined, given: string): string {
  return stored !== undefined && withoutCredentials(stored) === given ? stored : given;
}

/**
 * The value of an `Authorization` header with the user name and password of the URL (RFC 7617, in
 * UTF-8); null when it has none.
 */
export function basicAuthorization({ username, password }: URL): string | null {
  if (username === '' && password === '') return null;
  return basicCredentials(percentDecoded(username), percentDecoded(password));
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A percent sign that stands for itself.
    return text;
  }
}
