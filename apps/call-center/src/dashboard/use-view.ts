import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { STATUSES } from './api.ts';
import type { View } from './api.ts';

export const LIMITS = [10, 25, 50, 100];
export const EVERYTHING: View = { status: '', number: '', extension: '', limit: 25, page: 1 };

/** The view, kept in the address, so that it can be shared, reloaded and gone back to. */
export function useView(): readonly [View, (change: Partial<View>) => void] {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const view = useMemo(() => viewOf(search), [search]);
  const change = useCallback(
    (part: Partial<View>) =>
      void navigate({
        to: '.',
        // A changed filter gives another list, shown from its first page.
        search: (before: Search) => searchOf({ ...viewOf(before), page: 1, ...part }),
        // Otherwise each typed digit would be a step of the browser's history.
        replace: part.number !== undefined,
        resetScroll: false,
      } as never),
    [navigate],
  );
  return [view, change];
}

type Search = Readonly<Record<string, string | undefined>>;

function viewOf(search: Search): View {
  const { status, number = '', extension, limit, page } = search;
  return {
    status: STATUSES.find((name) => name === status) ?? '',
    number: number.slice(0, 14),
    extension: extension === '900' || extension === '901' ? extension : '',
    limit: LIMITS.find((one) => one === Number(limit)) ?? EVERYTHING.limit,
    page: Number.isSafeInteger(Number(page)) && Number(page) > 0 ? Number(page) : 1,
  };
}

function searchOf(view: View): Search {
  return Object.fromEntries(
    Object.entries(view)
      .filter(([name, value]) => value !== EVERYTHING[name as keyof View])
      .map(([name, value]) => [name, String(value)]),
  );
}
