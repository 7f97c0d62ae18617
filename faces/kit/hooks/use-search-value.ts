import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';

/**
 * A value kept in the address, so that a link shows the same page; an empty value is not in the address.
 * Setting it replaces the entry of the browser's history, so that "back" leads to another page, not to another filter.
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
