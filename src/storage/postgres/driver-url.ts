import { PosthasteError } from '../../domain/errors.ts';

/**
 * The URL as the driver gets it. To the driver, each mode that is `CHECKED` means `verify-full`, and all but that
 * one a warning of several lines; a mode that it does not know means the same, without a word.
 */
export function driverUrl(url: string): string {
  const mode = /[?&]sslmode=([^&#]*)/.exec(url)?.[1];
  if (mode === undefined || UNCHECKED.has(mode) || /[?&]uselibpqcompat=/.test(url)) return url;
  if (CHECKED.has(mode)) return url.replace(`sslmode=${mode}`, 'sslmode=verify-full');
  throw new PosthasteError('configuration', UNKNOWN);
}

const CHECKED = new Set(['prefer', 'require', 'verify-ca', 'verify-full']);
const UNCHECKED = new Set(['disable', 'no-verify']);
const UNKNOWN = `sslmode of the database URL must be ${[...CHECKED, ...UNCHECKED].join(', ').replace(/, ([^,]*)$/, ' or $1')}`;
