import { type ApiError, toApiError } from '../api/api-error.ts';
import { useRead } from './use-read.ts';

/** An item of the API as it was last read. */
export interface Thing<T> {
  /** Undefined until it is read. */
  readonly data: T | undefined;
  /** Why the last read failed; `data` keeps the item that was read before. */
  readonly error: ApiError | null;
  readonly isLoading: boolean;
  readonly reload: () => void;
}

/** Reads an item, and reads it again every `everyMs` while the page is visible; 0: read once. */
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
