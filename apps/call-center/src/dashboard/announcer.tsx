import { useEffect, useRef, useState } from 'react';
import type { Counts } from './api.ts';

const EVERY_MS = 10_000;

/** Tells a screen reader how the calls stand: when that changes, and not more often than it can be heard. */
export function Announcer({ counts }: { readonly counts: Counts | null }) {
  const [text, setText] = useState('');
  const latest = useRef(text);
  if (counts !== null) {
    latest.current = `${counts.waiting} waiting, ${counts.active} active, ${counts.completed} completed`;
  }
  useEffect(() => {
    const timer = setInterval(() => setText(latest.current), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <p className="unseen" aria-live="polite">
      {text}
    </p>
  );
}
