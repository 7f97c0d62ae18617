import { type UseQueryResult, useQuery, useQueryClient } from '@tanstack/react-query';
import { askAtOnce } from './ask-at-once.ts';
import { readAgainMs } from './read-again.ts';

/** One item of the API, read again every `everyMs` while the page is visible; 0: read once. */
export function useRead<T>(
  key: readonly unknown[],
  read: () => Promise<T>,
  { everyMs = 0, enabled = true }: { everyMs?: number; enabled?: boolean } = {},
): UseQueryResult<T> {
  const queries = useQueryClient();
  const query = { queryKey: key, queryFn: read };
  if (enabled) askAtOnce(queries, query, () => queries.query(query));
  return useQuery({
    ...query,
    enabled,
    refetchInterval: ({ state }) => readAgainMs(everyMs, state.error),
  });
}
