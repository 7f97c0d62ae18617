import { toApiError } from '../api/api-error.ts';

const UNREACHED_MS = 3_000;
const TOO_MANY = 429;

/**
 * The time after the last answer until a query is repeated; false: it is not repeated by itself. While the server
 * cannot be reached, the query is repeated until it can; a refused one is not. With an `everyMs` of 0 a successful
 * query is not repeated. All `pages` of a list are read again, at most one page per `everyMs`.
 */
export function readAgainMs(everyMs: number, error: unknown, pages = 1): number | false {
  if (error !== null) {
    const { status } = toApiError(error);
    if (status === 0) return UNREACHED_MS;
    if (status < 500 && status !== TOO_MANY) return false;
  }
  return everyMs === 0 ? false : everyMs * Math.max(1, pages);
}
