import { type UseQueryResult, useQuery } from '@tanstack/react-query';

/** One thing of the API, read anew every `everyMs` while the page is looked at; 0: once. */
export function useRead<T>(
  key: readonly unknown[],
  read: () => Promise<T>,
  { everyMs = 0, enabled = true }: { everyMs?: number; enabled?: boolean } = {},
): UseQueryResult<T> {
  return useQuery({
    queryKey: key,
    queryFn: read,
    enabled,
    refetchInterval: everyMs === 0 ? false : everyMs,
  });
}
