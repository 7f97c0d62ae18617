import { useCallback, useEffect, useRef, useState } from 'react';
import { loadCalls } from './api.ts';
import type { CallsPage, View } from './api.ts';
import { followSharedEvents } from './shared-events.ts';

export interface LiveCalls {
  /** Null until something was loaded. Stays when loading fails later. */
  readonly page: CallsPage | null;
  /** Another view was chosen and its calls are not here yet. */
  readonly pending: boolean;
  readonly connection: 'connecting' | 'live' | 'lost';
  readonly retryNow: () => void;
}

// Many changes at once are one load; what is shown is never older than this.
const GATHER_MS = 200;
const REFRESH_MS = 20_000;
const LONGEST_RETRY_MS = 10_000;

/** The calls of a view, kept up to date. */
export function useCalls(view: View): LiveCalls {
  const [loaded, setLoaded] = useState<{ page: CallsPage; view: View } | null>(null);
  const [failed, setFailed] = useState(false);
  const [connected, setConnected] = useState<boolean | null>(null);
  const currentView = useRef(view);
  const timer = useRef<number | undefined>(undefined);
  const loading = useRef<AbortController | null>(null);
  const changedSince = useRef(false);
  const retryMs = useRef(0);

  const load = useCallback(async () => {
    clearTimeout(timer.current);
    loading.current?.abort();
    const stop = new AbortController();
    loading.current = stop;
    changedSince.current = false;
    const asked = currentView.current;
    let nextMs = REFRESH_MS;
    try {
      const page = await loadCalls(asked, stop.signal);
      if (stop.signal.aborted) return;
      retryMs.current = 0;
      setLoaded({ page, view: asked });
      setFailed(false);
    } catch {
      if (stop.signal.aborted) return;
      retryMs.current = Math.min(Math.max(1_000, retryMs.current * 2), LONGEST_RETRY_MS);
      nextMs = retryMs.current;
      setFailed(true);
    }
    loading.current = null;
    timer.current = setTimeout(() => void load(), changedSince.current ? GATHER_MS : nextMs);
  }, []);

  const changed = useCallback(() => {
    if (changedSince.current) return;
    changedSince.current = true;
    // A load that is under way ends first: under a steady stream of changes none would else end.
    if (loading.current !== null) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void load(), GATHER_MS);
  }, [load]);

  useEffect(() => {
    currentView.current = view;
    void load();
  }, [view, load]);

  useEffect(() => {
    const stopFollowing = followSharedEvents({ onChange: changed, onConnection: setConnected });
    return () => {
      stopFollowing();
      clearTimeout(timer.current);
      loading.current?.abort();
    };
  }, [changed]);

  const lost = failed || connected === false;
  return {
    page: loaded?.page ?? null,
    pending: loaded !== null && loaded.view !== view,
    connection: lost ? 'lost' : loaded === null || connected === null ? 'connecting' : 'live',
    retryNow: useCallback(() => void load(), [load]),
  };
}
