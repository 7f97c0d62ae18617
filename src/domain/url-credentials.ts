import { basicCredentials } from './authentication.ts';

/** The URL without user name and password, for showing. Text that is not a URL is returned unchanged. */
export function withoutCredentials(url: string): string {
  if (!url.includes('@')) return url;
  const parsed = URL.parse(url);
  if (parsed === null) return url;
  parsed.username = '';
  parsed.password = '';
  return parsed.href;
}

/**
 * The URL to store when `given` replaces `stored`. When `given` is the stored URL as it is shown, the stored user
 * name and password are kept.
 */
export function nextUrl(stored: string | undefined, given: string): string {
  return stored !== undefined && withoutCredentials(stored) === given ? stored : given;
}

/**
 * The `Authorization` header for the user name and password in the URL (RFC 7617, in UTF-8); null without them.
 */
export function basicAuthorization({ username, password }: URL): string | null {
  if (username === '' && password === '') return null;
  return basicCredentials(percentDecoded(username), percentDecoded(password));
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // The text contains a percent sign that is not an escape.
    return text;
  }
}
