import { z } from 'zod';

/**
 * The URL of an endpoint. Its address is not checked here: a name can resolve to another address at
 * any time, so the address guard checks at each attempt.
 */
export const url = z
  .string()
  .min(1)
  .max(65_536)
  .superRefine((text, context) => {
    const message = errorIn(text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });

function errorIn(text: string): string | undefined {
  // URL.parse drops blanks and control characters, so the request would go to another URL than the stored one.
  // oxlint-disable-next-line no-control-regex
  if (/[\x00-\x20\x7f]/.test(text)) return 'must not contain blanks or control characters';
  const parsed = URL.parse(text);
  if (parsed === null) return 'must be an absolute URL, such as https://example.com/webhook';
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') {
    return `must begin with https:// or http://, not ${parsed.protocol}`;
  }
  if (parsed.hostname === '') return 'must name a host';
  if (parsed.username !== '' || parsed.password !== '') {
    return 'must not contain a user name or password; set an authorization header instead';
  }
  return undefined;
}
