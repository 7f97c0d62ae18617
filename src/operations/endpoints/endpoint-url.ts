import { z } from 'zod';
import { parseAddress } from '../../domain/networks.ts';
import type { AddressRule } from '../context.ts';

const MAX_CHARS = 65_536;
const ABSOLUTE = 'must be an absolute URL, such as https://example.com/webhook';

/**
 * The URL of an endpoint in normal form (WHATWG URL), so that the shown URL is exactly the one of the requests.
 */
export const url = z
  .string()
  .min(1)
  .max(MAX_CHARS)
  .superRefine((text, context) => {
    const message = errorIn(text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  })
  .overwrite((text) => URL.parse(text)?.href ?? text);

/**
 * `url`, but refuses a host that is an address which the guard would refuse at each attempt. A host name
 * (also `localhost`) is accepted: it can resolve to another address at any time, so only the attempt can
 * decide. With `httpsOnly`, http URLs are refused, too.
 */
export function allowedUrl(rule: AddressRule, httpsOnly: boolean): z.ZodString {
  return url.superRefine((text, context) => {
    if (httpsOnly && /^http:/i.test(text)) {
      const message =
        'must begin with https://, since endpointHttpsOnly (POSTHASTE_ENDPOINT_HTTPS_ONLY) is set';
      context.addIssue({ code: 'custom', message });
    }
    // The normal form writes every notation of an IPv4 address as four decimal numbers.
    const host = URL.parse(text)?.hostname.replace(/^\[|\]$/g, '') ?? '';
    if (parseAddress(host) === null || rule.allows(host)) return;
    context.addIssue({
      code: 'custom',
      message: `is at ${host}, outside the public internet: requests go there only when allowNetworks (POSTHASTE_ALLOW_NETWORKS) lists it`,
    });
  });
}

function errorIn(text: string): string | undefined {
  // URL.parse would drop or encode these characters silently, which the user did not intend.
  // oxlint-disable-next-line no-control-regex
  if (/[\x00-\x20\x7f]/.test(text)) return 'must not contain blanks or control characters';
  const parsed = URL.parse(text);
  if (parsed === null) return ABSOLUTE;
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') {
    return `must begin with https:// or http://, not ${parsed.protocol}`;
  }
  // URL.parse would add missing slashes.
  if (!/^https?:\/\/[^/\\]/i.test(text)) return ABSOLUTE;
  if (parsed.hostname === '') return 'must name a host';
  if (text.length <= MAX_CHARS && parsed.href.length > MAX_CHARS)
    return `must be at most ${MAX_CHARS} characters long when encoded`;
  // RFC 7617, section 2: a receiver would take the part after the colon for the password.
  if (/%3a/i.test(parsed.username)) return 'must not have a colon in the user name';
  return undefined;
}
