import type { PointerEvent } from 'react';
import { useNow } from '../hooks/use-now.ts';
import { ago, exactly } from '../words/times.ts';

/** An instant in relative words; the exact time is in the tooltip. */
export function Time({ at }: { at: string | null }) {
  const now = useNow();
  if (at === null) return <>–</>;
  return (
    <time dateTime={at} onPointerEnter={tellExactly}>
      {ago(at, now)}
    </time>
  );
}

function tellExactly({ currentTarget }: PointerEvent<HTMLTimeElement>): void {
  currentTarget.title = exactly(currentTarget.dateTime);
}
