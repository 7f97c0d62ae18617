import { Tooltip } from '@mantine/core';
import { useNow } from '../hooks/use-now.ts';
import { ago, exactly } from '../words/times.ts';

/** An instant as people say it, with the exact time on hover and focus. */
export function Time({ at }: { at: string | null }) {
  const now = useNow();
  if (at === null) return <>–</>;
  return (
    <Tooltip label={exactly(at)}>
      <time dateTime={at}>{ago(at, now)}</time>
    </Tooltip>
  );
}
