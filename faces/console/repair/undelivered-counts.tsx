import { useApi } from '../../kit/api/api-context.tsx';
import type { Query } from '../../kit/api/http.ts';
import { useRead } from '../../kit/hooks/use-read.ts';
import { ErrorNotice } from '../../kit/parts/error-notice.tsx';
import { Figure } from '../../kit/parts/figure.tsx';
import { whole } from '../../kit/words/numbers.ts';

export interface UndeliveredCountsProps {
  /** Empty: all applications. */
  readonly app: string;
  readonly query?: Query;
}

/** How many deliveries have failed for good, and how many will be tried again. */
export function UndeliveredCounts({ app, query = {} }: UndeliveredCountsProps) {
  const api = useApi();
  const read = useRead(
    ['undelivered', 'count', app, query],
    () => api.undelivered.count(app, query),
    { everyMs: 5_000 },
  );
  const counted = (count: number) => {
    if (read.data?.isExact) return whole(count);
    return count === 0 ? '–' : `at least ${whole(count)}`;
  };
  if (read.error) return <ErrorNotice error={read.error} onRetry={() => void read.refetch()} />;
  return (
    <div className="tiles">
      <Figure
        title="Failed"
        note="no retries left: recover them"
        tone={read.data && read.data.fail > 0 ? 'bad' : undefined}
      >
        {read.data && counted(read.data.fail)}
      </Figure>
      <Figure
        title="Retrying"
        note="retried automatically"
        tone={read.data && read.data.sending > 0 ? 'warn' : undefined}
      >
        {read.data && counted(read.data.sending)}
      </Figure>
    </div>
  );
}
