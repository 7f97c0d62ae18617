import { PosthasteError } from '../../domain/errors.ts';

/**
 * The URL as the driver gets it. The driver reads each mode of `CHECKED` as `verify-full`, and writes a
 * warning of several lines for all but `verify-full` itself. It reads an unknown mode as `verify-full`, too.
 */
export function driverUrl(url: string): string {
  const mode = SSL_MODE.exec(url)?.[2];
  if (mode === undefined || UNCHECKED.has(mode) || /[?&]uselibpqcompat=/.test(url)) return url;
  if (CHECKED.has(mode)) return url.replace(SSL_MODE, '$1verify-full');
  throw new PosthasteError('configuration', UNKNOWN);
}

const SSL_MODE = /([?&]sslmode=)([^&#]*)/;
const CHECKED = new Set(['prefer', 'require', 'verify-ca', 'verify-full']);
const UNCHECKED = new Set(['disable', 'no-verify']);
const UNKNOWN =
  'sslmode of the database URL must be prefer, require, verify-ca, verify-full, disable or no-verify';
