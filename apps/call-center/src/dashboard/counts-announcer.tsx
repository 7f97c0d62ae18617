import { VisuallyHidden } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import type { Counts } from './api.ts';

const EVERY_MS = 10_000;

/** Announces changed counts to screen readers, seldom enough that each announcement can be heard out. */
export function CountsAnnouncer({ counts }: { readonly counts: Counts | undefined }) {
  const [text, setText] = useState('');
  const latest = useRef('');
  useEffect(() => {
    if (counts === undefined) return;
    const { waiting, active, completed } = counts;
    latest.current = `${waiting} waiting, ${active} active, ${completed} completed`;
  }, [counts]);
  useEffect(() => {
    const timer = setInterval(() => setText(latest.current), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return <VisuallyHidden aria-live="polite">{text}</VisuallyHidden>;
}
