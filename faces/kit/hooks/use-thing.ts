import { type ApiError, toApiError } from '../api/api-error.ts';
import { useRead } from './use-read.ts';

/** Something of the API, as it was read last. */
export interface Thing<T> {
  /** Undefined until it is read. */
  readonly data: T | undefined;
  /** Why the last reading failed; what was read before stays in `data`. */
  readonly error: ApiError | null;
  readonly isLoading: boolean;
  readonly reload: () => void;
}

/** Reads it, and reads it anew every `everyMs` while somebody looks at the page; 0: once. */
export function useThing<T>(
  key: readonly unknown[],
  read: () => Promise<T>,
  options: { everyMs?: number; enabled?: boolean } = {},
): Thing<T> {
  const { data, error, isLoading, refetch } = useRead(key, read, options);
  return {
    data,
    error: error && toApiError(error),
    isLoading,
    reload: () => void refetch(),
  };
}
