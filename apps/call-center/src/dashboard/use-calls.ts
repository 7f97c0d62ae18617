import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { loadCalls, loadStats } from './api.ts';
import type { View } from './api.ts';

// The data shown is reloaded this often even if the server reports no change.
const REFRESH_MS = 20_000;
const RETRY_MS = 2_000;

/** The calls of a view. Until they are loaded, the calls of the previous view are shown. */
export function useCalls(view: View) {
  return useQuery({
    queryKey: ['calls', view],
    queryFn: ({ signal }) => loadCalls(view, signal),
    placeholderData: keepPreviousData,
    ...KEPT_UP_TO_DATE,
  });
}

export function useStats() {
  return useQuery({
    queryKey: ['stats'],
    queryFn: ({ signal }) => loadStats(signal),
    ...KEPT_UP_TO_DATE,
  });
}

const KEPT_UP_TO_DATE = {
  retry: false,
  refetchInterval: ({ state }: { readonly state: { readonly error: unknown } }) =>
    state.error === null ? REFRESH_MS : RETRY_MS,
} as const;
