import { useCallback, useEffect, useRef, useState } from 'react';
import { STATUSES } from './api.ts';
import type { View } from './api.ts';

export const LIMITS = [10, 25, 50, 100];
export const EVERYTHING: View = { status: '', number: '', extension: '', limit: 25, page: 1 };

/** The view, kept in the address, so that it can be shared, reloaded and gone back to. */
export function useView(): [View, (change: Partial<View>) => void] {
  const [view, setView] = useState(() => viewOf(location.search));

  useEffect(() => {
    const onBack = () => setView(viewOf(location.search));
    addEventListener('popstate', onBack);
    return () => removeEventListener('popstate', onBack);
  }, []);

  const current = useRef(view);
  current.current = view;
  const change = useCallback((part: Partial<View>) => {
    // Another filter is another list, which begins at its first page.
    const next = { ...current.current, page: 1, ...part };
    // Each letter of a number would else be a step back.
    if (part.number === undefined) history.pushState(null, '', searchOf(next));
    else history.replaceState(null, '', searchOf(next));
    setView(next);
  }, []);
  return [view, change];
}

function viewOf(search: string): View {
  const query = new URLSearchParams(search);
  const extension = query.get('extension');
  const limit = Number(query.get('limit'));
  const page = Number(query.get('page'));
  return {
    status: STATUSES.find((name) => name === query.get('status')) ?? '',
    number: (query.get('number') ?? '').slice(0, 14),
    extension: extension === '900' || extension === '901' ? extension : '',
    limit: LIMITS.includes(limit) ? limit : EVERYTHING.limit,
    page: Number.isSafeInteger(page) && page > 0 ? page : 1,
  };
}

function searchOf(view: View): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(view)) {
    if (value !== EVERYTHING[name as keyof View]) query.set(name, String(value));
  }
  return query.size === 0 ? location.pathname : `?${query}`;
}
