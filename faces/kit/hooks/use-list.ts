import { infiniteQueryOptions, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { ListOut } from '../api/types.ts';
import type { Query } from '../api/http.ts';
import { askAtOnce } from './ask-at-once.ts';
import { readAgainMs } from './read-again.ts';

export interface List<T> {
  readonly rows: readonly T[];
  readonly error: unknown;
  readonly isLoading: boolean;
  readonly isLoadingMore: boolean;
  /** Whether the list goes on after `rows`. */
  readonly hasMore: boolean;
  readonly loadMore: () => void;
  readonly reload: () => void;
}

export interface ListOptions {
  readonly query?: Query;
  /** Default: 100. */
  readonly pageSize?: number;
  readonly refetchMs?: number | false;
  readonly enabled?: boolean;
}

/** A list of the API; its pages are read one by one with `loadMore`. */
export function useList<T>(
  key: readonly unknown[],
  fetchPage: (query: Query, signal: AbortSignal) => Promise<ListOut<T>>,
  { query = {}, pageSize = 100, refetchMs = false, enabled = true }: ListOptions = {},
): List<T> {
  const queries = useQueryClient();
  const inPages = infiniteQueryOptions({
    queryKey: [...key, query, pageSize],
    queryFn: ({ pageParam, signal }) =>
      fetchPage({ ...query, limit: pageSize, iterator: pageParam }, signal),
    initialPageParam: null as string | null,
    // A page that a filter left empty has no iterator; then no page follows.
    getNextPageParam: (page: ListOut<T>) => (page.done ? null : page.iterator),
  });
  if (enabled) askAtOnce(queries, inPages, () => queries.infiniteQuery(inPages));
  const pages = useInfiniteQuery({
    ...inPages,
    refetchInterval: ({ state }) =>
      readAgainMs(refetchMs || 0, state.error, state.data?.pages.length),
    enabled,
    placeholderData: (before) => before,
  });
  const { data, error, isLoading, isFetchingNextPage, hasNextPage } = pages;
  const rows = useMemo(() => data?.pages.flatMap((page) => page.data) ?? [], [data]);
  return {
    rows,
    error,
    isLoading,
    isLoadingMore: isFetchingNextPage,
    hasMore: hasNextPage,
    loadMore: () => void pages.fetchNextPage(),
    reload: () => void pages.refetch(),
  };
}
