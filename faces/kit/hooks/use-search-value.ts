import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';

/**
 * A value that stands in the address, so that a link shows the same; empty: it does not stand there.
 * Setting one replaces the entry of the history, because a filter is no place to go back to.
 */
export function useSearchValue(name: string): readonly [string, (value: string | null) => void] {
  const search = useSearch({ strict: false }) as Readonly<Record<string, string | undefined>>;
  const navigate = useNavigate();
  const set = useCallback(
    (value: string | null) =>
      void navigate({
        to: '.',
        search: (before: Record<string, unknown>) => ({ ...before, [name]: value || undefined }),
        replace: true,
        resetScroll: false,
      } as never),
    [navigate, name],
  );
  return [search[name] ?? '', set];
}
