import { type UseQueryResult, useQuery, useQueryClient } from '@tanstack/react-query';
import { askAtOnce } from './ask-at-once.ts';
import { readAgainMs } from './read-again.ts';

/** One thing of the API, read anew every `everyMs` while the page is looked at; 0: once. */
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
