import { Skeleton } from '@mantine/core';

/** A placeholder while data is loaded. */
export function Waiting({ rows = 5 }: { rows?: number }) {
  return (
    <div role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={28} mb={12} />
      ))}
    </div>
  );
}
