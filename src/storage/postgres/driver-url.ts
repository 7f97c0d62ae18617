import { PosthasteError } from '../../domain/errors.ts';

/**
 * The URL that is given to the driver. The driver treats each mode of `CHECKED` as `verify-full`, but writes a
 * warning of several lines unless the mode is `verify-full`. It treats an unknown mode as `verify-full`, too.
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
