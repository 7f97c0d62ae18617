import { z } from 'zod';

/**
 * Where an endpoint may be. Whether its address may be reached is the address guard's to say, at
 * each attempt: a name can resolve to another address at any time.
 */
export const url = z
  .string()
  .min(1)
  .max(65_536)
  .superRefine((text, context) => {
    const message = wrongWith(text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });

function wrongWith(text: string): string | undefined {
  // URL.parse passes over blanks and control characters; what is stored should be what is sent.
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
