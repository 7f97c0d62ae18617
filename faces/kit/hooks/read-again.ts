import { toApiError } from '../api/api-error.ts';

const UNREACHED_MS = 3_000;
const TOO_MANY = 429;

/**
 * How long after the last answer something is read again by itself: what could not be reached, until it can be; what
 * was refused, not before somebody asks. `everyMs` of 0: not while all is well. Of a list all `pages` are read again, and no
 * more than one in each `everyMs`.
 */
export function readAgainMs(everyMs: number, error: unknown, pages = 1): number | false {
  if (error !== null) {
    const { status } = toApiError(error);
    if (status === 0) return UNREACHED_MS;
    if (status < 500 && status !== TOO_MANY) return false;
  }
  return everyMs === 0 ? false : everyMs * Math.max(1, pages);
}
