import { useSyncExternalStore } from 'react';

const EVERY_MS = 1_000;
const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | null = null;

/** The present time, to the second. One timer serves all components that show a time. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, shownTime);
}

/** While no component shows a time, no timer runs and the kept time is old, so it is read from the clock. */
export function shownTime(): number {
  if (timer === null && Date.now() - now >= EVERY_MS) now = Date.now();
  return now;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(tick, EVERY_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
}

function tick(): void {
  now = Date.now();
  listeners.forEach((listener) => listener());
}
